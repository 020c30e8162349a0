//! The operation lease: what was let in may finish although its token ends meanwhile, and nothing else gets longer.

use gogs_spanner_testkit::{Agent, Caller, Said, TestGateway, Workspace, eventually};
use http::Method;
use jiff::SignedDuration;

/// A push by a token that has a minute left, held up at its advertisement while something happens.
async fn push_in_the_last_minute(gateway: &TestGateway, meanwhile: impl AsyncFnOnce(&Agent)) -> Said {
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    handbook.commit("page", "one").await;
    gateway.advance(SignedDuration::from_mins(14));
    let forge = gateway.forge.stand_in();
    forge.recorder().clear();
    forge.pause();
    let happening = async {
        eventually("the advertisement reached the forge", async || !forge.recorder().arrivals().is_empty()).await;
        meanwhile(&docs).await;
        forge.resume();
    };
    tokio::join!(handbook.push(&["HEAD:refs/heads/agents/x"]), happening).0
}

#[tokio::test]
async fn a_push_whose_token_ends_before_its_pack_is_sent_finishes() {
    let gateway = TestGateway::start().await;
    push_in_the_last_minute(&gateway, async |_| gateway.advance(SignedDuration::from_mins(2))).await.succeeds();
}

#[tokio::test]
async fn a_lease_ends_ten_minutes_after_the_operation_was_let_in() {
    let gateway = TestGateway::start().await;
    push_in_the_last_minute(&gateway, async |_| gateway.advance(SignedDuration::from_mins(11))).await.fails();
}

#[tokio::test]
async fn a_lease_does_not_survive_revocation() {
    let gateway = TestGateway::start().await;
    let revoke = async |docs: &Agent| {
        gateway.advance(SignedDuration::from_mins(2));
        gateway.nobody().revoke(docs).await.is(200);
    };
    push_in_the_last_minute(&gateway, revoke).await.fails();
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/x").await, "");
}

#[tokio::test]
async fn a_lease_is_of_one_operation_and_opens_no_other_door() {
    let gateway = TestGateway::start().await;
    let other_doors = async |docs: &Agent| {
        gateway.advance(SignedDuration::from_mins(2));
        docs.get("/api/v1/repos/acme/handbook").await.is(401);
        docs.get("/acme/handbook.git/info/refs?service=git-receive-pack").await.is(401);
        docs.get("/acme/handbook.git/info/refs?service=git-upload-pack").await.is(401);
    };
    push_in_the_last_minute(&gateway, other_doors).await.succeeds();
}

#[tokio::test]
async fn a_token_that_has_ended_is_never_let_in() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    gateway.advance(SignedDuration::from_mins(16));
    docs.get("/acme/handbook.git/info/refs?service=git-receive-pack").await.is(401);
}

#[tokio::test]
async fn a_request_that_is_read_for_longer_than_its_token_and_a_lease_is_not_let_in() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let forge = gateway.forge.stand_in();
    forge.recorder().clear();
    forge.pause();
    let body = r#"{"message":"late","content":"bGF0ZQ==","branch":"agents/late"}"#;
    let meanwhile = async {
        eventually("the default branch was asked for", async || !forge.recorder().arrivals().is_empty()).await;
        gateway.advance(SignedDuration::from_mins(26));
        forge.resume();
    };
    let write = docs.send_text(Method::PUT, "/api/v1/repos/acme/handbook/contents/docs/late.md", body);
    tokio::join!(write, meanwhile).0.is(401);
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/late").await, "");
}
