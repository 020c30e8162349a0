//! The agents' accounts at the forge.

use gogs_spanner_testkit::{Caller, Setting, TestGateway, WRITER, Workspace};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

const PATH: &str = "/api/v1/repos/acme/handbook";

#[tokio::test]
async fn an_account_somebody_else_made_is_never_adopted() {
    let gateway = TestGateway::start().await;
    gateway.forge.stand_in().create_account("agent-docs-writer", "theirs");
    let docs = gateway.agent("docs-writer").await;
    let answer = docs.get(PATH).await.is(403).is_refused("account-not-ours");
    assert!(answer.text.contains("agent-docs-writer"), "{}", answer.text);
    let said = Workspace::new().list(&docs.remote("acme/handbook")).await.fails();
    said.says("account-not-ours");
    assert!(gateway.forge.stand_in().tokens_of("agent-docs-writer").is_empty());
}

#[tokio::test]
async fn a_credential_that_died_is_made_anew_once_and_the_caller_sees_nothing_of_it() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get(PATH).await.is(200);
    gateway.forge.stand_in().kill_tokens_of("agent-docs-writer");
    docs.get(PATH).await.is(200);
    assert_eq!(gateway.forge.stand_in().tokens_of("agent-docs-writer").len(), 1);
    gateway.advance(SignedDuration::from_mins(5));
    gateway.forge.stand_in().kill_tokens_of("agent-docs-writer");
    Workspace::new().list(&docs.remote("acme/handbook")).await.succeeds();
    assert_eq!(gateway.forge.stand_in().tokens_of("agent-docs-writer").len(), 1);
}

#[tokio::test]
async fn a_push_whose_credential_died_may_be_tried_again() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    handbook.commit("page", "one").await;
    gateway.forge.stand_in().kill_tokens_of("agent-docs-writer");
    handbook.push(&["HEAD:refs/heads/agents/x"]).await.succeeds();
}

#[tokio::test]
async fn an_account_that_a_person_deleted_is_made_again() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get(PATH).await.is(200);
    gateway.forge.stand_in().delete_account("agent-docs-writer");
    docs.get(PATH).await.is(200);
}

#[tokio::test]
async fn the_account_gets_the_least_permission_policy_needs() {
    let reader = r#"[{ actions = ["contents:read"] }]"#;
    let setting = Setting::new().agent("reader", "acme/handbook", reader).agent("docs-writer", "acme/handbook", WRITER);
    let gateway = TestGateway::with(setting).await;
    for name in ["reader", "docs-writer"] {
        gateway.agent(name).await.get(PATH).await.is(200);
    }
    let collaborators = gateway.forge.stand_in().collaborators_of("acme/handbook").expect("the repository");
    assert_eq!(collaborators["agent-reader"], "read");
    assert_eq!(collaborators["agent-docs-writer"], "write");
}

#[tokio::test]
async fn many_first_uses_at_once_make_one_account() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let (a, b, c, d) = tokio::join!(docs.get(PATH), docs.get(PATH), docs.get(PATH), docs.get(PATH));
    for answer in [a, b, c, d] {
        answer.is(200);
    }
    let arrivals = gateway.forge.arrivals();
    let made =
        arrivals.iter().filter(|arrival| arrival.method == Method::POST && arrival.target == "/api/v1/admin/users");
    assert_eq!(made.count(), 1);
    assert_eq!(gateway.forge.stand_in().tokens_of("agent-docs-writer").len(), 1);
}

#[tokio::test]
async fn an_account_tells_people_whom_they_meet_and_owns_nothing() {
    let gateway = TestGateway::start().await;
    gateway.agent("docs-writer").await.get(PATH).await.is(200);
    let arrivals = gateway.forge.arrivals();
    let bodies: Vec<serde_json::Value> = arrivals
        .iter()
        .filter(|arrival| arrival.target.starts_with("/api/v1/admin/users"))
        .filter_map(|arrival| serde_json::from_slice(&arrival.body).ok())
        .collect();
    assert!(bodies.iter().any(|body| body["full_name"].as_str().is_some_and(|name| name.contains("docs-writer"))));
    assert!(bodies.iter().any(|body| body["max_repo_creation"] == json!(0)));
}
