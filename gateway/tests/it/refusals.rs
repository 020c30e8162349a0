//! A refusal must be seen: by people, in git's own output, with what to do next.

use gogs_spanner_testkit::{Caller, Forge, Setting, TestGateway, Workspace, noise};
use reqwest::{
    Method,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};

use crate::stories;

const READER: &str = r#"[{ actions = ["contents:read"] }]"#;
const BLIND: &str = r#"[{ actions = ["issues:write"] }]"#;

#[tokio::test]
async fn a_forbidden_branch_is_refused_with_reason_and_hint() {
    stories::is_refused_a_branch_with_reason_and_hint(Forge::demonstration().await).await;
}

#[tokio::test]
async fn a_push_with_one_forbidden_ref_changes_nothing() {
    stories::pushes_all_or_nothing(Forge::demonstration().await).await;
}

#[tokio::test]
async fn a_push_with_one_forbidden_ref_is_not_forwarded() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    handbook.commit("docs/page.md", "one").await;
    gateway.forge.stand_in().recorder().clear();
    let said = handbook.push(&["HEAD:refs/heads/agents/page", "HEAD:refs/heads/one", "HEAD:refs/heads/two"]).await;
    let said = said.fails().says("`refs/heads/one`").says("`refs/heads/two`");
    assert_eq!(said.stderr.matches("[remote rejected]").count(), 3, "{}", said.stderr);
    assert!(gateway.forge.arrivals().iter().all(|arrival| arrival.method == "GET"));
}

#[tokio::test]
async fn an_agent_that_may_push_nothing_is_told_at_the_advertisement() {
    let gateway = TestGateway::with(Setting::new().agent("reader", "acme/handbook", READER)).await;
    let reader = gateway.agent("reader").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&reader.remote("acme/handbook")).await;
    handbook.commit("docs/page.md", "one").await;
    gateway.forge.stand_in().recorder().clear();
    let said = handbook.push(&["HEAD:refs/heads/agents/page"]).await.fails();
    said.says("no right to push").says("not-granted").says("ask the agent's owner");
    assert!(gateway.forge.arrivals().is_empty());
}

#[tokio::test]
async fn of_a_push_to_where_nothing_may_be_pushed_nothing_is_read() {
    let gateway = TestGateway::with(Setting::new().agent("reader", "acme/handbook", READER)).await;
    gateway.forge.create_wiki("acme/handbook").await;
    let reader = gateway.agent("reader").await;
    for repository in ["handbook", "handbook.wiki"] {
        let push = reader.request(Method::POST, &format!("/acme/{repository}.git/git-receive-pack"));
        let push = push.header(CONTENT_TYPE, "application/x-git-receive-pack-request");
        let answer = push.header(CONTENT_ENCODING, "gzip").body("no gzip").send().await.expect("an answer");
        let said = answer.text().await.expect("a text");
        assert!(said.contains("(not-granted)"), "{repository}: {said}");
    }
    assert!(gateway.forge.forwarded().is_empty());
}

#[tokio::test]
async fn an_agent_that_may_not_read_is_told_so_when_it_clones() {
    let gateway = TestGateway::with(Setting::new().agent("blind", "acme/handbook", BLIND)).await;
    let blind = gateway.agent("blind").await;
    let said = Workspace::new().try_clone(&blind.remote("acme/handbook")).await.fails();
    said.says("contents:read").says("not-granted");
    assert!(gateway.forge.forwarded().is_empty());
}

#[tokio::test]
async fn a_clone_of_another_repository_is_refused_with_the_reason() {
    let gateway = TestGateway::with(Setting::usual().repository("acme/secret")).await;
    let docs = gateway.agent("docs-writer").await;
    let said = Workspace::new().try_clone(&docs.remote("acme/secret")).await.fails();
    said.says("not-granted").says("`acme/secret`");
    assert!(gateway.forge.forwarded().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reason_is_seen_also_when_sixty_megabytes_are_pushed() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook").with("pack.compression", "0")).await;
    handbook.commit("noise", noise(60_000_000)).await;
    gateway.forge.stand_in().recorder().clear();
    let said = handbook.push(&["HEAD:refs/heads/master"]).await.fails();
    said.says("not-granted").says("`refs/heads/master`").says("ask the agent's owner");
    assert!(gateway.forge.arrivals().iter().all(|arrival| arrival.method == "GET"));
}

#[tokio::test]
async fn a_client_of_gogs_finds_the_reason_where_gogs_puts_its_own() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let refused = docs.get("/api/v1/repos/acme/secret").await.is(403).json();
    let message = refused["message"].as_str().expect("a text");
    assert!(message.contains("(not-granted)") && message.contains("\nhint: use what `spanner token"), "{message}");
    let unknown = docs.with_token("gsp_nonsense").get("/api/v1/user").await.is(401).json();
    assert!(unknown["message"].as_str().is_some_and(|text| text.contains("(token-malformed)")), "{unknown}");
}

#[tokio::test]
async fn a_wiki_is_another_repository() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    Workspace::new().list(&docs.remote("acme/handbook.wiki")).await.fails();
    assert!(gateway.forge.forwarded().is_empty());
}
