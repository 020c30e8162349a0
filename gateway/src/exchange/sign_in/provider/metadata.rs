//! Where the issuer of `[people]` is asked, as its metadata says.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use url::Url;

use crate::{
    clock::SharedClock,
    exchange::{
        issuer::{Metadata, TrustedIssuer},
        mint::broken,
    },
    refuse::Refusal,
};

/// Metadata is asked for anew after this long.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// That it is not to be had is taken for true this long: strangers who begin must not have us ask a dead issuer each time.
const FAILED: SignedDuration = SignedDuration::from_secs(5);

/// The metadata of one issuer, fetched when it is needed and kept while it is good.
pub(super) struct Directory {
    issuer: Arc<TrustedIssuer>,
    clock: SharedClock,
    known: Mutex<Option<Known>>,
}

/// What was known of it at one moment.
struct Known {
    at: Timestamp,
    found: Result<Arc<Endpoints>, Refusal>,
}

/// The endpoints of a provider.
#[derive(Debug)]
pub(super) struct Endpoints {
    pub(super) token: Url,
    pub(super) authorization: Option<Url>,
    pub(super) device: Option<Url>,
    pub(super) user_info: Option<Url>,
    /// Whether its client shows its secret as Basic credentials; in the form otherwise.
    pub(super) takes_basic: bool,
    /// Whether it promises to say `iss` when a browser comes back (RFC 9207).
    pub(super) says_who_answers: bool,
}

impl Directory {
    pub(super) fn of(issuer: Arc<TrustedIssuer>, clock: SharedClock) -> Arc<Self> {
        Arc::new(Self { issuer, clock, known: Mutex::default() })
    }

    /// Its endpoints. They are asked for in a task of their own: a caller that hangs up must not waste the question.
    pub(super) async fn endpoints(self: &Arc<Self>) -> Result<Arc<Endpoints>, Refusal> {
        let directory = Arc::clone(self);
        let asked = tokio::spawn(async move { directory.look_up().await }).await;
        asked.unwrap_or_else(|error| Err(broken(error.to_string())))
    }

    async fn look_up(&self) -> Result<Arc<Endpoints>, Refusal> {
        // One flight at a time: who waits for the lock finds what the one before asked for.
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.is_good(self.clock.now())) {
            return known.found.clone();
        }
        let found = self.ask().await;
        *known = Some(Known { at: self.clock.now(), found: found.clone() });
        found
    }

    async fn ask(&self) -> Result<Arc<Endpoints>, Refusal> {
        let metadata = self.issuer.metadata().await.map_err(|error| self.issuer.silent(error))?;
        let read = Endpoints::read(&metadata);
        read.map(Arc::new).ok_or_else(|| self.issuer.unintelligible("its metadata has no token endpoint"))
    }
}

impl Known {
    fn is_good(&self, now: Timestamp) -> bool {
        let span = if self.found.is_ok() { FRESH } else { FAILED };
        // Either side: a clock that was set back must not make it last for ever.
        now.duration_since(self.at).abs() < span
    }
}

impl Endpoints {
    /// Only what is reached over a connection as good as the issuer's own counts: the secret goes there, and people.
    fn read(metadata: &Metadata) -> Option<Self> {
        let endpoint = |text: &Option<String>| {
            let url = Url::parse(text.as_deref()?).ok()?;
            metadata.is_as_good(&url).then_some(url)
        };
        let methods = metadata.token_endpoint_auth_methods_supported.as_deref();
        Some(Self {
            token: endpoint(&metadata.token_endpoint)?,
            authorization: endpoint(&metadata.authorization_endpoint),
            device: endpoint(&metadata.device_authorization_endpoint),
            user_info: endpoint(&metadata.userinfo_endpoint),
            // RFC 8414 §2: the default, and preferred where several are taken.
            takes_basic: methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic")),
            says_who_answers: metadata.authorization_response_iss_parameter_supported,
        })
    }
}

#[cfg(test)]
mod tests {
    use gogs_spanner_capability::Reason;
    use serde_json::json;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

    use super::*;
    use crate::{
        client::{Purpose, client},
        clock::ManualClock,
    };

    /// An issuer that is to be asked, a clock that stands still, and how often it was asked.
    async fn directory() -> (MockServer, Arc<ManualClock>, Arc<Directory>) {
        let (server, clock) = (MockServer::start().await, ManualClock::at(Timestamp::UNIX_EPOCH));
        let shared: SharedClock = clock.clone();
        let http = client(Purpose::Issuer).expect("a client");
        let issuer = Arc::new(TrustedIssuer::new(&http, "people", &server.uri(), "us", &shared));
        (server, clock, Directory::of(issuer, shared))
    }

    async fn asked(server: &MockServer) -> usize {
        server.received_requests().await.expect("they are kept").len()
    }

    #[tokio::test]
    async fn a_dead_issuer_is_left_in_peace_for_a_while_and_asked_again_then() {
        let (server, clock, directory) = directory().await;
        let dead = Mock::given(any()).respond_with(ResponseTemplate::new(503)).mount_as_scoped(&server).await;
        for _ in 0..3 {
            assert_eq!(directory.endpoints().await.expect_err("dead").reason(), Reason::UpstreamUnavailable);
        }
        assert_eq!(dead.received_requests().await.len(), 1);
        drop(dead);
        let metadata = json!({ "issuer": server.uri(), "jwks_uri": server.uri(), "token_endpoint": server.uri() });
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(metadata)).mount(&server).await;
        directory.endpoints().await.expect_err("not asked yet");
        clock.advance(FAILED);
        directory.endpoints().await.expect("asked again");
        let so_far = asked(&server).await;
        clock.advance(FRESH - SignedDuration::from_secs(1));
        directory.endpoints().await.expect("known");
        assert_eq!(asked(&server).await, so_far);
        clock.advance(SignedDuration::from_secs(1));
        directory.endpoints().await.expect("asked anew");
        assert_eq!(asked(&server).await, so_far + 1);
    }
}
