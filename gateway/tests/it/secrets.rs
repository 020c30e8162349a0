//! No secret stays anywhere: not on the disk, not in a log at its most talkative.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use gogs_spanner_capability::token::Narrowing;
use gogs_spanner_testkit::{Caller, Presentation, TestGateway, Workspace};
use reqwest::Method;
use tracing_subscriber::fmt::MakeWriter;

/// Everything that was logged in this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A secret as it is, and as it would look encoded or cut.
fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let whole = secret.as_bytes();
    let encoded = [STANDARD.encode(whole), URL_SAFE_NO_PAD.encode(whole), STANDARD.encode(format!("-:{secret}"))];
    let mut spellings: Vec<_> = encoded.iter().map(|text| text.as_bytes()[4..24].to_vec()).collect();
    spellings.push(whole.to_vec());
    spellings.push(whole[whole.len() / 2..][..16].to_vec());
    spellings
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn no_secret_is_in_any_file_or_in_the_log() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let gateway = TestGateway::start().await;
    let holder = gateway.key_holder("docs-writer");
    let assertion = holder.sign(&holder.claims());
    let token = holder.ask(&assertion, &[]).await.is(200).json()["access_token"].as_str().expect("a token").to_owned();
    let docs = gateway.agent("docs-writer").await.with_token(&token);
    let lint = docs.narrow(&Narrowing::new().delegate("lint").repositories_under("acme/"));
    let workspace = Workspace::new();
    for how in [Presentation::Bearer, Presentation::Password, Presentation::UserNameInUrl] {
        workspace.list(&docs.remote_by("acme/handbook", how)).await.succeeds();
    }
    lint.get("/api/v1/repos/acme/handbook").await.is(200);
    docs.get(&format!("/api/v1/repos/acme/handbook?token={token}")).await.is(400);
    docs.with_token(format!("{token}x")).get("/api/v1/repos/acme/handbook").await.is(401);
    docs.request(Method::GET, "/api/v1/repos/acme/handbook").header("x-token", &token).send().await.expect("an answer");
    gateway.nobody().revoke(&lint).await.is(200);
    let upstream = gateway.forge.forwarded().into_iter().find_map(|arrival| {
        arrival.headers.get("authorization")?.to_str().ok()?.strip_prefix("token ").map(str::to_owned)
    });
    let upstream = upstream.expect("the agent's credential reached the forge");
    let admin = gateway.forge.admin_token().to_owned();
    let closed = gateway.close().await;
    let logged = log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(!logged.is_empty(), "nothing was logged at all");
    for (name, secret) in [
        ("token", token.as_str()),
        ("narrowed token", lint.token()),
        ("assertion", assertion.as_str()),
        ("the agent's credential", upstream.as_str()),
        ("admin token", admin.as_str()),
    ] {
        for spelling in spellings(secret) {
            assert!(!contains(&logged, &spelling), "the {name} is in the log");
            for (path, content) in closed.files() {
                let is_its_place = name == "admin token" && path.ends_with("gogs-admin-token");
                assert!(is_its_place || !contains(&content, &spelling), "the {name} is in {}", path.display());
            }
        }
    }
}
