//! Rights are written for a name, and meant for the repository that bore it.

use gogs_spanner_testkit::{Agent, Caller, Forge, TestGateway, Workspace};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::stories;

const NAME: &str = "acme/handbook";
const PATH: &str = "/api/v1/repos/acme/handbook";

#[tokio::test]
async fn a_name_that_passed_to_another_repository_is_refused_until_an_operator_confirms() {
    stories::is_kept_from_a_repository_that_took_a_name(Forge::demonstration().await).await;
}

#[tokio::test]
async fn no_door_leads_into_a_repository_that_took_a_name() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote(NAME)).await;
    handbook.commit("docs/page.md", "one").await;
    pass_the_name_on(&gateway).await;
    gateway.forge.stand_in().recorder().clear();
    workspace.list(&docs.remote(NAME)).await.fails().says("repository-identity-changed");
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.fails().says("repository-identity-changed");
    let file = json!({"message": "m", "content": "aGVsbG8K", "branch": "agents/api"});
    let put = docs.send(Method::PUT, &format!("{PATH}/contents/docs/page.md"), &file).await;
    put.is(403).is_refused("repository-identity-changed");
    docs.get(&format!("{PATH}/issues")).await.is(403).is_refused("repository-identity-changed");
    assert_eq!(gateway.forge.forwarded().len(), 0);
    assert_eq!(gateway.forge.tip(NAME, "refs/heads/agents/page").await, "");
}

#[tokio::test]
async fn what_was_pinned_is_known_after_a_restart() {
    let gateway = TestGateway::start().await;
    gateway.agent("docs-writer").await.get(PATH).await.is(200);
    pass_the_name_on(&gateway).await;
    let gateway = gateway.restart().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get(PATH).await.is(403).is_refused("repository-identity-changed");
    let found = gateway.trail().await.pop().expect("a refusal");
    assert_eq!(found.reason.as_deref(), Some("repository-identity-changed"));
    assert_eq!((found.repository.as_str(), found.action.as_str()), (NAME, "repository:read"));
    assert!(found.result.is_some_and(|truth| truth.contains("where") && truth.contains("belongs")));
}

#[tokio::test]
async fn the_forge_is_asked_who_bears_a_name_once_in_five_seconds() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let looks = || {
        let arrivals = gateway.forge.arrivals();
        arrivals.iter().filter(|arrival| arrival.target == PATH && !arrival.credentials.are_admins()).count()
    };
    for _ in 0..5 {
        docs.get(&format!("{PATH}/issues")).await.is(200);
    }
    assert_eq!(looks(), 1);
    gateway.advance(SignedDuration::from_secs(6));
    docs.get(&format!("{PATH}/issues")).await.is(200);
    assert_eq!(looks(), 2);
}

#[tokio::test]
async fn no_list_shows_a_repository_that_took_a_name_until_an_operator_confirms() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get(PATH).await.is(200);
    let repositories = async || docs.get("/api/v1/user/repos").await.is(200).json();
    let issues = async || docs.get("/api/v1/user/issues").await.is(200).json();
    assert_eq!(repositories().await[0]["full_name"], NAME);
    pass_the_name_on(&gateway).await;
    let issue = json!({"title": "of the other one", "assignee": "agent-docs-writer"});
    gateway.person().send(Method::POST, &format!("{PATH}/issues"), &issue).await.is(201);
    assert_eq!((repositories().await, issues().await), (json!([]), json!([])));
    assert!(gateway.operate(&["repository", "confirm", NAME]).await);
    assert_eq!(repositories().await[0]["full_name"], NAME, "a name that is not pinned has no other number");
    assert_eq!(issues().await[0]["title"], "of the other one");
}

/// The repository goes, another comes under its name, and lets the agent's account in as the first one did.
async fn pass_the_name_on(gateway: &TestGateway) {
    stories::replace(gateway, NAME).await;
    gateway.advance(SignedDuration::from_secs(6));
}

#[tokio::test]
async fn an_unknown_name_is_not_confirmed_and_hurts_nobody() {
    let gateway = TestGateway::start().await;
    let docs: Agent = gateway.agent("docs-writer").await;
    docs.get(PATH).await.is(200);
    assert!(!gateway.operate(&["repository", "confirm", "no-slash"]).await);
    assert!(gateway.operate(&["repository", "confirm", "acme/elsewhere"]).await);
    docs.get(PATH).await.is(200);
}
