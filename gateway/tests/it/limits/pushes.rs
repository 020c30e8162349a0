//! Whatever writes a ref is a push, whatever door it comes through.

use gogs_spanner_testkit::{Caller, Setting, TestGateway, Workspace};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use super::{told_to_wait, with};

const PATHS: &str = r#"[{ actions = ["contents:read"] },
    { actions = ["ref:create", "ref:update"], refs = ["refs/heads/agents/**"], paths = ["docs/**"] }]"#;

/// Writes a file on a branch of its own through the API.
async fn write(caller: &impl Caller, branch: &str) -> gogs_spanner_testkit::Answer {
    let path = format!("/api/v1/repos/acme/handbook/contents/docs/{branch}.md");
    caller
        .send(Method::PUT, &path, &json!({"message": "m", "content": "YQo=", "branch": format!("agents/{branch}")}))
        .await
}

/// Whether anything of that service reached the forge.
fn arrived(gateway: &TestGateway, service: &str) -> bool {
    gateway.forge.arrivals().iter().any(|arrival| arrival.target.contains(service))
}

#[tokio::test]
async fn a_push_too_many_is_refused_in_gits_own_channel_and_goes_through_when_it_was_said_to() {
    let gateway = with("pushes = \"1/m\"").await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.succeeds();
    let two = handbook.commit("docs/page.md", "two").await;
    gateway.advance(SignedDuration::from_secs(20));
    gateway.forge.stand_in().recorder().clear();
    let said = handbook.push(&["HEAD:refs/heads/agents/page"]).await.fails();
    said.says("the agent has made all its `pushes`, 1/m (limit-reached)").says("hint: try again in 40 s");
    assert!(!arrived(&gateway, "receive-pack"), "it is said at the advertisement");
    handbook.git(&["fetch", "-q"]).await.succeeds();
    gateway.advance(SignedDuration::from_secs(40));
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.succeeds();
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/page").await, two);
}

#[tokio::test]
async fn a_file_written_through_the_api_is_a_push() {
    let gateway = with("pushes = \"1/h\"").await;
    let docs = gateway.agent("docs-writer").await;
    write(&docs, "one").await.is(201);
    assert_eq!(told_to_wait(write(&docs, "two").await), 3600);
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/two").await, "");
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.fails().says("limit-reached");
}

#[tokio::test]
async fn what_is_refused_for_another_reason_is_none() {
    let setting = Setting::new().agent("bot", "acme/handbook", PATHS).limited("pushes = \"1/h\"");
    let gateway = TestGateway::with(setting).await;
    let bot = gateway.agent("bot").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&bot.remote("acme/handbook")).await;
    handbook.commit("src/a.rs", "one").await;
    handbook.push(&["HEAD:refs/heads/master"]).await.fails().says("not-granted");
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.fails().says("not-granted").says("src/a.rs");
    bot.send(
        Method::PUT,
        "/api/v1/repos/acme/handbook/contents/src/a.rs",
        &json!({"message": "m", "content": "YQo=", "branch": "agents/x"}),
    )
    .await
    .is_refused("not-granted");
    write(&bot, "one").await.is(201);
    told_to_wait(write(&bot, "two").await);
}

#[tokio::test]
async fn no_number_of_pushes_at_once_is_more_than_the_limit() {
    let gateway = with("pushes = \"5/d\"").await;
    let docs = gateway.agent("docs-writer").await;
    let branches: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    let answers = futures::future::join_all(branches.iter().map(|branch| write(&docs, branch))).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 5, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 201 | 429)), "{statuses:?}");
    let forwarded = gateway.forge.forwarded().into_iter().filter(|arrival| arrival.method == Method::PUT);
    assert_eq!(forwarded.count(), 5);
}

#[tokio::test]
async fn a_restart_is_no_new_day() {
    let gateway = with("pushes = \"2/d\"").await;
    write(&gateway.agent("docs-writer").await, "one").await.is(201);
    gateway.advance(SignedDuration::from_mins(6));
    let gateway = gateway.restart().await;
    let docs = gateway.agent("docs-writer").await;
    write(&docs, "two").await.is(201);
    assert_eq!(told_to_wait(write(&docs, "three").await), 42_840);
}

#[tokio::test]
async fn a_policy_that_is_taken_up_keeps_the_count_and_its_limit_applies_at_once() {
    let gateway = with("pushes = \"2/d\"").await;
    let docs = gateway.agent("docs-writer").await;
    let file = gateway.directory().join("spanner.toml");
    let reload = async |old: &str, new: &str, agent: &str| {
        let text = std::fs::read_to_string(&file).expect("a configuration").replace(old, new);
        std::fs::write(&file, text).expect("a file can be written");
        let config = file.to_str().expect("a path of the test's own");
        let add = ["--config", config, "agent", "add", agent, "--role", "docs-writer", "--repository", "acme/handbook"];
        assert!(gateway.operate(&add).await);
    };
    write(&docs, "one").await.is(201);
    reload("2/d", "1/d", "first").await;
    told_to_wait(write(&docs, "two").await);
    reload("1/d", "3/d", "second").await;
    for branch in ["two", "three"] {
        write(&docs, branch).await.is(201);
    }
    told_to_wait(write(&docs, "four").await);
}

#[tokio::test]
async fn each_agent_has_its_own() {
    let gateway = super::beside_another("pushes = \"1/d\"").await;
    let (docs, other) = (gateway.agent("docs-writer").await, gateway.agent("ci-web").await);
    write(&docs, "one").await.is(201);
    told_to_wait(write(&docs, "two").await);
    for branch in ["three", "four"] {
        write(&other, branch).await.is(201);
    }
}
