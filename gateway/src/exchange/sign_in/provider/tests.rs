use gogs_spanner_capability::Reason;
use opentelemetry::trace::TraceId;
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::*;
use crate::{
    clock::ManualClock,
    request::{Door, RequestId},
};

/// An issuer that answers every question about a code like this, and its client.
async fn provider(status: u16, answer: Value) -> (MockServer, Arc<Provider>) {
    let server = MockServer::start().await;
    let metadata =
        json!({ "issuer": server.uri(), "jwks_uri": server.uri(), "token_endpoint": server.uri() + "/token" });
    let answers = ResponseTemplate::new(200).set_body_json(metadata);
    Mock::given(method("GET")).respond_with(answers).mount(&server).await;
    let answers = ResponseTemplate::new(status).set_body_json(answer);
    Mock::given(method("POST")).and(path("/token")).respond_with(answers).mount(&server).await;
    let clock: SharedClock = ManualClock::at(Timestamp::UNIX_EPOCH);
    let http = client::client(Purpose::Issuer).expect("a client");
    let issuer = Arc::new(TrustedIssuer::new(&http, "people", &server.uri(), "us", &clock));
    let provider = Provider {
        directory: Directory::of(Arc::clone(&issuer), clock),
        issuer,
        http,
        client: "us".to_owned(),
        secret: "secret".into(),
        scope: SCOPES.join(" "),
        callback: "https://agents.example.com/callback".to_owned(),
        room: Arc::default(),
        refused: Cache::new(REFUSED_REMEMBERED),
    };
    (server, Arc::new(provider))
}

fn asker() -> Arrival {
    Arrival {
        id: RequestId::new(),
        at: Timestamp::UNIX_EPOCH,
        trace_id: TraceId::INVALID,
        client: Some([203, 0, 113, 1].into()),
        door: Door::Own,
    }
}

async fn redeem(provider: &Arc<Provider>, code: &str) -> Reason {
    provider.redeem_device(&asker(), code, BTreeSet::new()).await.expect_err("no ID token").reason()
}

async fn asked(server: &MockServer) -> usize {
    let requests = server.received_requests().await.expect("they are kept");
    requests.iter().filter(|request| request.url.path() == "/token").count()
}

#[tokio::test]
async fn of_a_code_it_refused_for_good_the_issuer_is_not_asked_again() {
    for (error, reason) in [
        ("invalid_grant", Reason::CodeNotAccepted),
        ("invalid_request", Reason::CodeNotAccepted),
        ("access_denied", Reason::SignInDenied),
        ("expired_token", Reason::SignInTooLate),
    ] {
        let (server, provider) = provider(400, json!({ "error": error })).await;
        for _ in 0..3 {
            assert_eq!(redeem(&provider, "one").await, reason, "{error}");
        }
        assert_eq!(asked(&server).await, 1, "{error}");
        redeem(&provider, "another").await;
        assert_eq!(asked(&server).await, 2, "{error}");
    }
}

#[tokio::test]
async fn of_a_code_it_did_not_decide_on_the_issuer_is_asked_again() {
    for (status, error, reason) in [
        (400, "authorization_pending", Reason::AuthorizationPending),
        (400, "slow_down", Reason::SlowDown),
        (401, "invalid_client", Reason::UpstreamUnavailable),
        (500, "", Reason::UpstreamUnavailable),
    ] {
        let (server, provider) = provider(status, json!({ "error": error })).await;
        for _ in 0..2 {
            assert_eq!(redeem(&provider, "one").await, reason, "{error}");
        }
        assert_eq!(asked(&server).await, 2, "{error}");
    }
}

#[tokio::test]
async fn who_brings_the_code_of_another_spoils_it_for_himself_alone() {
    let (server, provider) = provider(400, json!({ "error": "invalid_grant" })).await;
    for (verifier, times) in [("his", 1), ("his", 1), ("hers", 2)] {
        let returned = Returned {
            code: "hers".to_owned(),
            redirect: String::new(),
            challenge: String::new(),
            verifier: verifier.to_owned(),
            nonce: String::new(),
            begun: 0,
            until: 0,
        };
        let refusal = provider.redeem_code(&asker(), returned, BTreeSet::new()).await.expect_err("refused");
        assert_eq!((refusal.reason(), asked(&server).await), (Reason::CodeNotAccepted, times), "{verifier}");
    }
}
