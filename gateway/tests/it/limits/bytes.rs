//! Bytes that are pushed: packs, files written through the API, and large objects.

use gogs_spanner::journal::{AuditLine, Outcome};
use gogs_spanner_testkit::{Caller, Clone, Setting, TestGateway, Workspace, noise};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use super::{told_to_wait, with};
use crate::lfs::caller::{LfsCaller, oid};

/// A right for which a pack is looked into.
const PATHS: &str = r#"[{ actions = ["contents:read"] },
    { actions = ["ref:create", "ref:update"], refs = ["refs/heads/agents/**"], paths = ["docs/**"] }]"#;

/// What the packs that reached the forge had, whole or not.
pub(super) fn forwarded(gateway: &TestGateway) -> u64 {
    let arrivals = gateway.forge.arrivals();
    arrivals
        .iter()
        .filter(|arrival| arrival.target.ends_with("/git-receive-pack"))
        .map(|arrival| arrival.body_length)
        .sum()
}

/// Whether a push to that ref was refused before it was intended.
pub(super) fn is_only_refused(trail: &[AuditLine], reference: &str) -> bool {
    let refused = |line: &AuditLine| line.outcome == Outcome::Refuse && line.reason.as_deref() == Some("limit-reached");
    trail.iter().any(refused) && trail.iter().all(|line| line.reference.as_deref() != Some(reference))
}

async fn copy<'a>(gateway: &TestGateway, workspace: &'a Workspace, name: &str) -> Clone<'a> {
    workspace.clone(&gateway.agent(name).await.remote("acme/handbook").with("pack.compression", "0")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_turns_out_to_be_too_much_hears_when_all_of_it_would_fit() {
    let gateway = with("push_bytes = \"8MiB/h\"").await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace, "docs-writer").await;
    handbook.commit("docs/one", noise(4 << 20)).await;
    handbook.push(&["HEAD:refs/heads/agents/one"]).await.succeeds();
    handbook.commit("docs/two", noise(6 << 20)).await;
    gateway.forge.stand_in().recorder().clear();
    let said = handbook.push(&["HEAD:refs/heads/agents/two"]).await.fails();
    let said = said.says("this is more than is left of the agent's `push_bytes`, 8MiB/h (limit-reached)");
    // Two MiB of eight are missing, which is a quarter of an hour, and the few bytes around the files.
    said.says("hint: try again in 901 s (16 min)");
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/two").await, "");
    assert_eq!(forwarded(&gateway), 0, "nothing goes on before all of it is known");
    gateway.advance(SignedDuration::from_secs(900));
    handbook.push(&["HEAD:refs/heads/agents/two"]).await.fails().says("try again in 1 s");
    gateway.advance(SignedDuration::from_secs(1));
    // The token has ended meanwhile; the limit has not.
    let renewed = copy(&gateway, &workspace, "docs-writer").await;
    let folder = renewed.path().join("docs");
    std::fs::create_dir_all(&folder).expect("a directory");
    renewed.commit("docs/two", noise(6 << 20)).await;
    renewed.push(&["HEAD:refs/heads/agents/other"]).await.succeeds();
    assert!(is_only_refused(&gateway.trail().await, "refs/heads/agents/two"));
}

#[tokio::test]
async fn what_would_never_fit_took_nothing_and_a_smaller_push_goes_through() {
    let gateway = with("push_bytes = \"3MiB/d\"").await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace, "docs-writer").await;
    let start = handbook.head().await;
    handbook.commit("docs/one", noise(4 << 20)).await;
    let said = handbook.push(&["HEAD:refs/heads/agents/page"]).await.fails();
    said.says("(too-large)").says("more than the agent may ever push at once, 3MiB/d").says("in smaller parts");
    handbook.git(&["reset", "-q", "--hard", &start]).await.succeeds();
    handbook.commit("docs/two", noise(2 << 20)).await;
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.succeeds();
}

#[tokio::test]
async fn a_push_that_says_its_length_flows() {
    let gateway = with("push_bytes = \"1MiB/d\"").await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace, "docs-writer").await;
    handbook.commit("docs/one", noise(600 << 10)).await;
    handbook.push(&["HEAD:refs/heads/agents/one"]).await.succeeds();
    gateway.forge.stand_in().recorder().clear();
    handbook.commit("docs/two", noise(500 << 10)).await;
    handbook.push(&["HEAD:refs/heads/agents/two"]).await.fails().says("(limit-reached)").says("try again in ");
    assert_eq!(forwarded(&gateway), 0);
}

#[tokio::test]
async fn of_a_push_that_is_looked_into_nothing_goes_on() {
    let setting = Setting::new().agent("bot", "acme/handbook", PATHS).limited("push_bytes = \"4MiB/d\"");
    let gateway = TestGateway::with(setting).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace, "bot").await;
    handbook.commit("docs/one", noise(3 << 20)).await;
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.succeeds();
    handbook.commit("docs/two", noise(2 << 20)).await;
    gateway.forge.stand_in().recorder().clear();
    let said = handbook.push(&["HEAD:refs/heads/agents/page"]).await.fails();
    said.says("limit-reached").says("try again in 216");
    assert_eq!(forwarded(&gateway), 0);
    handbook.git(&["reset", "-q", "--hard", "HEAD~1"]).await.succeeds();
    handbook.commit("docs/three", noise(500_000)).await;
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.succeeds();
}

#[tokio::test]
async fn a_deletion_brings_nothing() {
    let rights = r#"[{ actions = ["contents:read"] },
        { actions = ["ref:create", "ref:delete"], refs = ["refs/heads/agents/**"] }]"#;
    let setting = Setting::new().agent("bot", "acme/handbook", rights).limited("push_bytes = \"4KiB/d\"");
    let gateway = TestGateway::with(setting).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace, "bot").await;
    handbook.commit("docs/one", noise(3000)).await;
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.succeeds();
    handbook.commit("docs/two", &noise(7000)[3500..]).await;
    handbook.push(&["HEAD:refs/heads/agents/other"]).await.fails().says("try again");
    handbook.push(&[":refs/heads/agents/page"]).await.succeeds();
}

#[tokio::test]
async fn a_file_written_through_the_api_brings_its_body() {
    let gateway = with("push_bytes = \"1KiB/d\"").await;
    let docs = gateway.agent("docs-writer").await;
    let write = async |branch: &str, length: usize| {
        let body = json!({"message": "m", "content": "YWJj".repeat(length / 4), "branch": format!("agents/{branch}")});
        docs.send(Method::PUT, "/api/v1/repos/acme/handbook/contents/docs/page.md", &body).await
    };
    write("one", 600).await.is(201);
    assert!(told_to_wait(write("two", 600).await) > 20_000);
    write("three", 2000).await.is(413).is_refused("too-large");
    write("two", 100).await.is(201);
}

#[tokio::test]
async fn git_lfs_is_told_of_each_object_that_is_too_much_and_when_to_come_back() {
    let setting = Setting::usual().reachable().limited("push_bytes = \"150000B/d\"");
    let gateway = TestGateway::with(setting).await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook").with_lfs()).await;
    handbook.git(&["lfs", "install", "--local"]).await.succeeds();
    handbook.git(&["lfs", "track", "*.bin"]).await.succeeds();
    handbook.git(&["add", ".gitattributes"]).await.succeeds();
    handbook.commit("one.bin", noise(100_000)).await;
    handbook.commit("two.bin", &noise(200_001)[100_001..]).await;
    let said = handbook.push(&["HEAD:refs/heads/agents/large"]).await.fails();
    said.says("this is more than is left of the agent's `push_bytes`").says("(limit-reached); try again in");
    assert_eq!(gateway.forge.stand_in().lfs_objects_of("acme/handbook").expect("it is there").len(), 1);
}

#[tokio::test]
async fn a_large_object_brings_its_size_when_it_is_sent() {
    let gateway = with("push_bytes = \"100000B/d\"").await;
    let docs = gateway.agent("docs-writer").await;
    let (first, second, third) = (noise(60_000), noise(50_000), noise(40_000));
    let put = async |content: &[u8]| {
        let action = docs.action("upload", "upload", content).await;
        docs.answered(action.request(&gateway.door, Method::PUT).body(content.to_vec())).await
    };
    let second_action = docs.action("upload", "upload", &second).await;
    put(&first).await.is(200);
    let refused = docs.answered(second_action.request(&gateway.door, Method::PUT).body(second.clone())).await;
    assert_eq!(told_to_wait(refused), 8640);
    let stored = || gateway.forge.stand_in().lfs_objects_of("acme/handbook").expect("it is there");
    assert!(!stored().contains_key(&oid(&second)));
    put(&third).await.is(200);
    gateway.advance(SignedDuration::from_secs(600));
    docs.upload(b"").await;
}
