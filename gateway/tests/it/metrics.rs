//! What a Prometheus reads from the private listener, and how telemetry and the trail are joined.

use gogs_spanner::journal::AuditLine;
use gogs_spanner_testkit::{Caller, TestGateway, Workspace};
use jiff::SignedDuration;
use reqwest::Method;

const REPOSITORY: &str = "/api/v1/repos/acme/handbook";

/// The value of the one series of this name whose labels hold all of these.
async fn value(gateway: &TestGateway, name: &str, labels: &[&str]) -> Option<f64> {
    let text = page(gateway).await;
    let is_it = |line: &&str| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{')) && labels.iter().all(|l| line.contains(l))
    };
    let found: Vec<_> = text.lines().filter(is_it).collect();
    assert!(found.len() < 2, "{found:#?}");
    found.first()?.rsplit_once(' ').and_then(|(_, value)| value.parse().ok())
}

async fn page(gateway: &TestGateway) -> String {
    let answer = gateway.private.request(Method::GET, "/metrics").send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    answer.text().await.expect("a page")
}

#[tokio::test]
async fn what_is_decided_is_counted_by_agent_action_and_reason() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    handbook.commit("page", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/a"]).await.succeeds();
    handbook.push(&["HEAD:refs/heads/master"]).await.fails();
    gateway.nobody().get(REPOSITORY).await.is(401);

    let decisions = "gogs_spanner_decisions_total";
    let docs = r#"agent="docs-writer""#;
    let pushed = [docs, r#"action="ref:create""#, r#"outcome="permit""#, r#"door="git""#];
    assert_eq!(value(&gateway, decisions, &pushed).await, Some(1.0));
    let refused = [docs, r#"action="ref:update""#, r#"outcome="refuse""#, r#"reason="not-granted""#];
    assert_eq!(value(&gateway, decisions, &refused).await, Some(1.0));
    let stranger = [r#"reason="credential-missing""#, r#"door="rest""#];
    assert_eq!(value(&gateway, decisions, &stranger).await, Some(1.0));
    let issued = [docs, r#"grant="key""#];
    assert_eq!(value(&gateway, "gogs_spanner_tokens_issued_total", &issued).await, Some(1.0));
    let answered = [r#"door="own""#, r#"status="200""#];
    assert_eq!(value(&gateway, "gogs_spanner_request_duration_seconds_count", &answered).await, Some(1.0));
    assert!(!page(&gateway).await.contains("acme"), "repositories are never labels");
}

#[tokio::test]
async fn a_revocation_says_how_long_it_took_to_bite() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    assert_eq!(value(&gateway, "gogs_spanner_revocation_lag_seconds_count", &[]).await, None);
    gateway.nobody().revoke(&docs).await.is(200);
    assert_eq!(value(&gateway, "gogs_spanner_revocation_lag_seconds_count", &[]).await, Some(1.0));
}

#[tokio::test]
async fn the_signing_key_says_its_age_and_no_other_does() {
    let gateway = TestGateway::start().await;
    let age = "gogs_spanner_keys_age_seconds";
    assert_eq!(value(&gateway, age, &[r#"key="1""#]).await, Some(0.0));
    gateway.advance(SignedDuration::from_hours(2));
    assert_eq!(value(&gateway, age, &[r#"key="1""#]).await, Some(7_200.0));
    assert_eq!(value(&gateway, "gogs_spanner_keys_rotation_seconds", &[]).await, Some(30.0 * 86_400.0));
}

#[tokio::test]
async fn the_page_is_not_for_automations() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    for path in ["/metrics", "/-/spanner/metrics"] {
        gateway.nobody().get(path).await.is(404);
        docs.get(path).await.is(404);
    }
}

#[tokio::test]
async fn every_request_in_the_trail_has_a_trace_although_nobody_collects_one() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get(REPOSITORY).await.is(200);
    docs.get("/api/v1/repos/acme/secret").await.is(403);
    gateway.nobody().revoke(&docs).await.is(200);
    let trail = gateway.trail().await;
    let trace = |line: &AuditLine| line.trace_id.clone().unwrap_or_else(|| panic!("{line:?}"));
    let mut traces: Vec<_> = trail.iter().map(trace).collect();
    let requests: Vec<_> = trail.iter().map(|line| &line.request_id).collect();
    assert!(traces.iter().all(|trace| trace.len() == 32), "{traces:?}");
    traces.dedup();
    assert_eq!(traces.len(), 4, "each request of {requests:?} has its own");
}
