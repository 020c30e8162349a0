//! The trail: every issuance and every decision, with what came of it.

use gogs_spanner::journal::{AuditLine, Outcome};
use gogs_spanner_capability::token::Narrowing;
use gogs_spanner_testkit::{Caller, Setting, TestGateway, Workspace, eventually};
use reqwest::Method;
use serde_json::json;

const REPOSITORY: &str = "/api/v1/repos/acme/handbook";

fn lines<'a>(trail: &'a [AuditLine], action: &str) -> Vec<&'a AuditLine> {
    trail.iter().filter(|line| line.action == action).collect()
}

#[tokio::test]
async fn a_bots_day_is_in_the_trail_effect_by_effect() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    handbook.commit("page", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/a", "HEAD:refs/heads/agents/b"]).await.succeeds();
    handbook.push(&["HEAD:refs/heads/agents/c", "HEAD:refs/heads/master"]).await.fails();
    docs.send(Method::POST, &format!("{REPOSITORY}/issues"), &json!({"title": "t"})).await.is(201);
    let trail = gateway.trail().await;

    let issued = lines(&trail, "token:issue");
    assert_eq!(issued.len(), 1);
    let by = issued[0].result.as_deref().unwrap_or_default();
    assert!(by.starts_with("issued by key sha256:"), "{by}");
    assert_eq!((issued[0].outcome, issued[0].agent.as_deref()), (Outcome::Permit, Some("docs-writer")));
    let fetched = lines(&trail, "contents:read");
    assert!(fetched.iter().all(|line| line.outcome == Outcome::Permit && line.result.as_deref() == Some("200")));
    let created = lines(&trail, "ref:create");
    let by_ref = |name: &str| created.iter().find(|line| line.reference.as_deref() == Some(name)).expect("a line");
    for name in ["refs/heads/agents/a", "refs/heads/agents/b"] {
        let line = by_ref(name);
        assert_eq!(line.outcome, Outcome::Permit);
        assert!(line.result.as_deref().is_some_and(|result| result.starts_with("ok")), "{:?}", line.result);
        assert_eq!(line.token, issued[0].token);
    }
    assert_eq!(by_ref("refs/heads/agents/c").outcome, Outcome::Refuse);
    let refused = trail.iter().find(|line| line.reference.as_deref() == Some("refs/heads/master")).expect("a line");
    assert_eq!((refused.outcome, refused.reason.as_deref()), (Outcome::Refuse, Some("not-granted")));
    let written = lines(&trail, "issues:write");
    assert_eq!((written[0].outcome, written[0].result.as_deref()), (Outcome::Permit, Some("201")));
    assert!(trail.iter().all(|line| line.outcome != Outcome::Unknown), "{trail:#?}");
}

#[tokio::test]
async fn a_write_of_a_file_is_recorded_as_the_push_it_is() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let body = json!({"message": "m", "content": "YQo=", "branch": "agents/x"});
    docs.send(Method::PUT, &format!("{REPOSITORY}/contents/docs/a.md"), &body).await.is(201);
    let trail = gateway.trail().await;
    let line = lines(&trail, "ref:create")[0];
    assert_eq!(line.reference.as_deref(), Some("refs/heads/agents/x"));
    assert_eq!(line.paths, ["docs/a.md"]);
}

#[tokio::test]
async fn the_callers_trace_is_kept_and_the_request_is_named_to_the_caller() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request = docs.request(Method::GET, "/api/v1/repos/acme/secret");
    let request = request.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let answer: serde_json::Value = request.send().await.expect("an answer").json().await.expect("a problem");
    let trail = gateway.trail().await;
    let line = trail.last().expect("a line");
    assert_eq!(line.trace_id.as_deref(), Some(trace));
    assert_eq!(answer["request_id"], line.request_id.as_str());
}

#[tokio::test]
async fn a_sub_agents_doings_are_told_from_its_parents() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let lint = docs.narrow(&Narrowing::new().repositories_under("acme/").delegate("lint"));
    docs.get(REPOSITORY).await.is(200);
    lint.get(REPOSITORY).await.is(200);
    let trail = gateway.trail().await;
    let read = lines(&trail, "repository:read");
    assert_eq!(read.len(), 2);
    assert_ne!(read[0].token, read[1].token);
}

#[tokio::test]
async fn one_push_of_many_refused_refs_leaves_a_page_of_them_and_room_for_what_is_tried_next() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    let refs: Vec<_> = (0..700).map(|n| format!("HEAD:refs/heads/forbidden/{n}")).collect();
    let refs: Vec<_> = ["HEAD:refs/heads/agents/a"].into_iter().chain(refs.iter().map(String::as_str)).collect();
    handbook.push(&refs).await.fails();
    handbook.push(&["HEAD:refs/heads/master-key"]).await.fails();
    let trail = gateway.trail().await;
    let refused: Vec<_> = trail.iter().filter(|line| line.outcome == Outcome::Refuse).collect();
    let (last, push) = refused.split_last().expect("lines");
    assert_eq!(last.reference.as_deref(), Some("refs/heads/master-key"));
    let (besides, kept) = push.split_last().expect("lines");
    assert_eq!(kept.len(), 32);
    let is_forbidden = |name: &str| name.starts_with("refs/heads/forbidden/");
    assert!(kept.iter().all(|line| line.reference.as_deref().is_some_and(is_forbidden)), "{kept:#?}");
    assert_eq!((besides.result.as_deref(), besides.reference.as_deref()), (Some("669 more refused"), None));
    assert_eq!((&besides.request_id, besides.repository.as_str()), (&kept[0].request_id, "acme/handbook"));
}

#[tokio::test]
async fn strangers_are_counted_and_leave_no_line_each() {
    let gateway = TestGateway::start().await;
    for _ in 0..50 {
        gateway.nobody().get(REPOSITORY).await.is(401);
    }
    let trail = gateway.trail().await;
    assert!(trail.len() <= 2, "{trail:#?}");
}

/// A push, byte by byte, that creates a branch at a commit the forge has: a command, and a pack of nothing.
fn creation(commit: &str, name: &str) -> Vec<u8> {
    let command = format!("{} {commit} {name}\0report-status side-band-64k", "0".repeat(40));
    let mut body = format!("{:04x}{command}0000", command.len() + 4).into_bytes();
    body.extend_from_slice(b"PACK\0\0\0\x02\0\0\0\0");
    body.extend(hex::decode("029d08823bd8a8eab510ad6ac75c823cfd3ed31e").expect("the SHA-1 of the twelve bytes above"));
    body
}

#[tokio::test]
async fn a_push_is_unknown_when_the_forge_dies_in_the_middle_of_it() {
    let gateway = TestGateway::with(Setting::usual().relayed()).await;
    let docs = gateway.agent("docs-writer").await;
    let tip = gateway.forge.tip("acme/handbook", "refs/heads/master").await;
    let push = |name: &str| {
        let request = docs.request(Method::POST, "/acme/handbook.git/git-receive-pack");
        request.header("content-type", "application/x-git-receive-pack-request").body(creation(&tip, name)).send()
    };
    let report = push("refs/heads/agents/lives").await.expect("an answer").text().await.expect("a report");
    assert!(report.contains("ok refs/heads/agents/lives"), "{report}");
    let forge = gateway.forge.stand_in();
    forge.recorder().clear();
    forge.pause();
    let dying = async {
        eventually("the push reached the forge", async || !forge.recorder().arrivals().is_empty()).await;
        gateway.relay.as_ref().expect("a relay").cut().await;
    };
    let (answer, ()) = tokio::join!(push("refs/heads/agents/dies"), dying);
    assert_eq!(answer.expect("an answer").status(), 503);
    forge.resume();
    let trail = gateway.trail().await;
    let outcome =
        |name: &str| trail.iter().find(|line| line.reference.as_deref() == Some(name)).map(|line| line.outcome);
    assert_eq!(outcome("refs/heads/agents/lives"), Some(Outcome::Permit));
    assert_eq!(outcome("refs/heads/agents/dies"), Some(Outcome::Unknown));
}
