//! Packs whose length nobody says, from a client that is not git: where the pack ends and where the body does are two things.

use std::io;

use bytes::Bytes;
use futures::stream;
use gogs_spanner_testkit::{Agent, Answer, Caller, Clone, Setting, TestGateway, Workspace, noise};
use reqwest::{Body, Method};

use super::{
    bytes::{forwarded, is_only_refused},
    with,
};

const WHOAMI: &str = "/-/spanner/api/v1/whoami";
const TIP: &str = "refs/heads/agents/two";

/// The command that creates a branch.
fn creates(branch: &str, commit: &str) -> Vec<u8> {
    let command = format!("{} {commit} {branch}\0report-status side-band-64k", "0".repeat(40));
    format!("{:04x}{command}0000", command.len() + 4).into_bytes()
}

/// A push of the newest commit to a new branch, as git would make it: its command, and the whole pack.
async fn newest(copy: &Clone<'_>, branch: &str) -> Vec<u8> {
    copy.git(&["bundle", "create", "-q", "newest", "HEAD", "^HEAD~1"]).await.succeeds();
    let bundle = std::fs::read(copy.path().join("newest")).expect("a bundle");
    let at = bundle.windows(4).position(|window| window == b"PACK").expect("a pack in it");
    [&creates(branch, &copy.head().await), &bundle[at..]].concat()
}

/// Sends a push in two pieces and more, saying no length.
async fn send(agent: &Agent, repository: &str, push: Vec<u8>, behind: usize) -> Answer {
    let behind = (0..behind).step_by(1024).map(|_| vec![b'x'; 1024]);
    let pieces: Vec<_> =
        std::iter::once(push).chain(behind).map(|piece| Ok::<_, io::Error>(Bytes::from(piece))).collect();
    let request = agent.request(Method::POST, &format!("/{repository}.git/git-receive-pack"));
    let request = request.header("content-type", "application/x-git-receive-pack-request");
    agent.answered(request.body(Body::wrap_stream(stream::iter(pieces)))).await
}

/// How many bytes are left.
async fn left(agent: &Agent) -> i64 {
    let whoami = agent.get(WHOAMI).await.is(200).json();
    whoami["limits"]["push_bytes"]["remaining"].as_i64().expect("a limit")
}

/// A copy of the handbook that has pushed forty KiB, and has one small commit more.
async fn copy<'w>(agent: &Agent, workspace: &'w Workspace) -> Clone<'w> {
    let handbook = workspace.clone(&agent.remote("acme/handbook")).await;
    handbook.commit("docs/one", noise(40 << 10)).await;
    handbook.push(&["HEAD:refs/heads/agents/one"]).await.succeeds();
    handbook.commit("docs/two", "two").await;
    handbook
}

#[tokio::test]
async fn a_whole_pack_with_too_much_behind_it_moves_no_ref_and_costs_nothing() {
    let gateway = with("push_bytes = \"64KiB/h\"").await;
    let (docs, workspace) = (gateway.agent("docs-writer").await, Workspace::new());
    let push = newest(&copy(&docs, &workspace).await, TIP).await;
    let before = left(&docs).await;
    gateway.forge.stand_in().recorder().clear();
    let said = send(&docs, "acme/handbook", push, 30 << 10).await.is(200).text;
    assert!(said.contains("(limit-reached)") && said.contains("hint: try again in "), "{said}");
    assert_eq!(forwarded(&gateway), 0, "the forge has nothing to make something of");
    assert_eq!(gateway.forge.tip("acme/handbook", TIP).await, "");
    assert_eq!(left(&docs).await, before);
    assert!(is_only_refused(&gateway.trail().await, TIP));
}

#[tokio::test]
async fn what_stands_behind_a_pack_is_spent_with_it() {
    let gateway = with("push_bytes = \"64KiB/h\"").await;
    let (docs, workspace) = (gateway.agent("docs-writer").await, Workspace::new());
    let push = newest(&copy(&docs, &workspace).await, TIP).await;
    let before = left(&docs).await;
    send(&docs, "acme/handbook", push, 10 << 10).await;
    assert!(left(&docs).await <= before - (10 << 10));
}

#[tokio::test]
async fn a_wiki_is_no_way_around() {
    let rights = r#"[{ actions = ["wiki:read", "wiki:write"] }]"#;
    let setting = Setting::new().agent("librarian", "acme/handbook", rights).limited("push_bytes = \"16KiB/h\"");
    let gateway = TestGateway::with(setting).await;
    gateway.forge.create_wiki("acme/handbook").await;
    let librarian = gateway.agent("librarian").await;
    let push = [creates("refs/heads/master", &"1".repeat(40)), b"PACK".to_vec()].concat();
    let said = send(&librarian, "acme/handbook.wiki", push, 20 << 10).await.is(200).text;
    assert!(said.contains("(too-large)"), "{said}");
    assert_eq!(forwarded(&gateway), 0);
}
