//! What was allowed a hundred times says nothing about anything else.

use gogs_spanner_capability::{Action, token::Narrowing};
use gogs_spanner_testkit::{Agent, Caller, Setting, TestGateway, WRITER};
use jiff::SignedDuration;

const WARM: usize = 100;

/// A request, and who makes it.
struct Ask<'a>(&'a Agent, &'a str);

impl Ask<'_> {
    async fn is_allowed(&self) -> bool {
        self.0.get(self.1).await.status.is_success()
    }
}

#[tokio::test]
async fn warming_one_decision_a_hundred_times_allows_no_other() {
    let reader = r#"[{ actions = ["issues:read"] }]"#;
    let setting = Setting::new().agent("docs", "acme/handbook", WRITER).agent("reader", "acme/handbook", reader);
    let gateway = TestGateway::with(setting.repository("acme/secret")).await;
    let (docs, reader) = (gateway.agent("docs").await, gateway.agent("reader").await);
    let lint = docs.narrow(&Narrowing::new().actions([Action::IssuesRead]));
    let elsewhere = docs.narrow(&Narrowing::new().repositories_under("other/"));
    let issues = "/api/v1/repos/acme/handbook/issues";
    let contents = "/api/v1/repos/acme/handbook/contents/README.md";
    let secret = "/api/v1/repos/acme/secret/issues";
    let allowed = [Ask(&docs, issues), Ask(&docs, contents), Ask(&reader, issues), Ask(&lint, issues)];
    let denied = [
        Ask(&reader, contents),
        Ask(&lint, contents),
        Ask(&elsewhere, issues),
        Ask(&docs, secret),
        Ask(&reader, secret),
    ];
    for warm in &allowed {
        for _ in 0..WARM {
            assert!(warm.is_allowed().await);
        }
        for ask in &denied {
            assert!(!ask.is_allowed().await, "{} was let in at {}", ask.0.token().len(), ask.1);
        }
    }
}

#[tokio::test]
async fn a_warm_decision_ends_with_its_token() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    gateway.advance(SignedDuration::from_mins(14) + SignedDuration::from_secs(50));
    let path = "/api/v1/repos/acme/handbook/issues";
    for _ in 0..WARM {
        docs.get(path).await.is(200);
    }
    gateway.advance(SignedDuration::from_secs(11));
    docs.get(path).await.is(401).is_refused("token-expired");
}

#[tokio::test]
async fn revocation_is_heard_however_warm_a_decision_is() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let path = "/api/v1/repos/acme/handbook/issues";
    for _ in 0..WARM {
        docs.get(path).await.is(200);
    }
    gateway.nobody().revoke(&docs).await.is(200);
    docs.get(path).await.is(401).is_refused("token-revoked");
}
