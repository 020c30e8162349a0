//! A gateway that answers as told, an agent's files, and a clock.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gogs_spanner_capability::{
    Patterns, Right, Rights,
    token::{Claims, SigningKey, TokenText, mint},
};
use gogs_spanner_sdk::{Action, Builder, Clock, Session, SignedDuration, Timestamp};
use serde_json::json;
use tempfile::TempDir;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

/// The key of RFC 8037 appendix A.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

/// Another one.
pub(crate) const OTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9h\n-----END PRIVATE KEY-----\n";

#[derive(Debug)]
pub(crate) struct ManualClock(Mutex<Timestamp>);

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    /// Nobody waits in a test: the time passes.
    fn wait(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        *self.0.lock().unwrap() += time;
        Box::pin(std::future::ready(()))
    }
}

/// A gateway, an agent's files, and a clock.
pub(crate) struct Scene {
    pub(crate) gateway: MockServer,
    pub(crate) files: TempDir,
    pub(crate) clock: Arc<ManualClock>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let files = TempDir::new().unwrap();
        std::fs::write(files.path().join("key.pem"), KEY).unwrap();
        let clock = Arc::new(ManualClock(Mutex::new("2026-11-23T10:00:00Z".parse().unwrap())));
        Self { gateway: MockServer::start().await, files, clock }
    }

    pub(crate) fn builder(&self) -> Builder {
        Session::builder().url(self.gateway.uri()).clock(Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    /// A session of the agent `ci-web` with its key.
    pub(crate) async fn session(&self) -> Session {
        self.builder().agent("ci-web").key_file(self.files.path().join("key.pem")).discover().await.unwrap()
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        *self.clock.0.lock().unwrap() += time;
    }

    /// From now on the token endpoint answers so.
    pub(crate) async fn answers(&self, response: ResponseTemplate) {
        self.gateway.reset().await;
        let endpoint = Mock::given(method("POST")).and(path("/-/spanner/oauth/token"));
        endpoint.respond_with(response).mount(&self.gateway).await;
    }

    /// The forms the gateway was sent since it was told what to answer.
    pub(crate) async fn forms(&self) -> Vec<BTreeMap<String, String>> {
        let requests = self.gateway.received_requests().await.unwrap();
        requests.iter().map(|request| url::form_urlencoded::parse(&request.body).into_owned().collect()).collect()
    }
}

/// A token's text around any bytes.
pub(crate) fn text(bytes: &[u8]) -> String {
    let whole = [bytes, &crc32fast::hash(bytes).to_be_bytes()].concat();
    format!("gsp_{}", URL_SAFE_NO_PAD.encode(whole))
}

/// What the token endpoint answers: a token of fifteen minutes.
pub(crate) fn granted(token: &[u8]) -> ResponseTemplate {
    granted_text(&text(token))
}

pub(crate) fn granted_text(token: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "access_token": token, "token_type": "Bearer", "expires_in": 900, "scope": "contents:read",
    }))
}

pub(crate) fn refused() -> ResponseTemplate {
    ResponseTemplate::new(403).set_body_json(json!({
        "error": "access_denied", "error_description": "the agent is locked", "reason": "agent-locked", "request_id": "r-1",
    }))
}

/// A proof that is not taken.
pub(crate) fn declined(reason: &str) -> ResponseTemplate {
    ResponseTemplate::new(401).set_body_json(json!({
        "error": "invalid_client", "error_description": "not with this proof", "reason": reason, "request_id": "r-2",
    }))
}

/// A real token: everything, everywhere.
pub(crate) fn minted(service: &str, now: Timestamp) -> TokenText {
    let actions = Action::ALL.iter().copied().collect();
    let right = Right::on(Patterns::any(), actions);
    let claims = Claims {
        agent: "ci-web".parse().unwrap(),
        nonce: "01".into(),
        issuer: "key".into(),
        user: None,
        issued: now,
        max_depth: 3,
        rights: Rights(vec![right]),
        service: service.into(),
        expires: now + SignedDuration::from_mins(15),
    };
    mint(&SigningKey::from_bytes(1, &[7; 32]), &claims).unwrap()
}
