//! Tokens that are good, and all the ways in which they are not.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use gogs_spanner_capability::{Action, RefName, token::Narrowing};
use gogs_spanner_testkit::{Agent, Caller, Forge, Setting, TestGateway, WRITER, Workspace};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use crate::stories;

const PATH: &str = "/api/v1/repos/acme/handbook";

/// The token with one bit of its content turned over, and a checksum that fits again.
fn tampered(agent: &Agent, at: usize) -> Agent {
    let mut bytes = URL_SAFE_NO_PAD.decode(agent.token().strip_prefix("gsp_").expect("a token")).expect("base64");
    let length = bytes.len() - 4;
    bytes[at % length] ^= 1;
    let checksum = crc32fast::hash(&bytes[..length]).to_be_bytes();
    bytes[length..].copy_from_slice(&checksum);
    agent.with_token(format!("gsp_{}", URL_SAFE_NO_PAD.encode(bytes)))
}

#[tokio::test]
async fn a_revoked_token_opens_no_door() {
    stories::is_shut_out_once_its_token_is_revoked(Forge::demonstration().await).await;
}

#[tokio::test]
async fn an_expired_token_opens_no_door() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get(PATH).await.is(200);
    gateway.advance(SignedDuration::from_mins(16));
    docs.get(PATH).await.is(401).is_refused("token-expired");
    Workspace::new().list(&docs.remote("acme/handbook")).await.fails();
    gateway.agent("docs-writer").await.get(PATH).await.is(200);
}

#[tokio::test]
async fn a_truncated_token_is_malformed_wherever_it_is_cut() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    for length in [0, 3, 4, 5, 20, docs.token().len() / 2, docs.token().len() - 1] {
        docs.with_token(&docs.token()[..length]).get(PATH).await.is(401);
    }
    let cut = docs.with_token(&docs.token()[..docs.token().len() - 2]);
    cut.get(PATH).await.is(401).is_refused("token-malformed");
    Workspace::new().list(&cut.remote("acme/handbook")).await.fails();
    assert!(gateway.forge.forwarded().is_empty());
}

#[tokio::test]
async fn a_token_that_was_tampered_with_is_not_accepted_wherever_it_was_touched() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    for at in (0..docs.token().len()).step_by(17) {
        let answer = tampered(&docs, at).get(PATH).await.is(401);
        assert_eq!(answer.reason(), "token-not-accepted", "at {at}");
    }
    assert!(gateway.forge.forwarded().is_empty());
}

#[tokio::test]
async fn the_token_of_another_gateway_is_not_accepted() {
    let (ours, theirs) = (TestGateway::start().await, TestGateway::start().await);
    let foreign = theirs.agent("docs-writer").await.at(&ours.door);
    foreign.get(PATH).await.is(401).is_refused("token-not-accepted");
}

#[tokio::test]
async fn a_token_outlives_a_restart_and_so_does_its_revocation() {
    let gateway = TestGateway::start().await;
    let (kept, revoked) = (gateway.agent("docs-writer").await, gateway.agent("docs-writer").await);
    gateway.nobody().revoke(&revoked).await.is(200);
    let gateway = gateway.restart().await;
    kept.at(&gateway.door).get(PATH).await.is(200);
    revoked.at(&gateway.door).get(PATH).await.is(401).is_refused("token-revoked");
}

#[tokio::test]
async fn revoking_a_parent_kills_the_child_and_revoking_a_child_spares_the_parent() {
    let gateway = TestGateway::start().await;
    let parent = gateway.agent("docs-writer").await;
    let narrowing = Narrowing::new().actions([Action::ContentsRead, Action::IssuesRead]);
    let (first, second) = (parent.narrow(&narrowing), parent.narrow(&narrowing));
    first.get(PATH).await.is(200);
    gateway.nobody().revoke(&first).await.is(200);
    first.get(PATH).await.is(401).is_refused("token-revoked");
    second.get(PATH).await.is(200);
    parent.get(PATH).await.is(200);
    gateway.nobody().revoke(&parent).await.is(200);
    second.get(PATH).await.is(401).is_refused("token-revoked");
    parent.narrow(&narrowing).get(PATH).await.is(401).is_refused("token-revoked");
}

#[tokio::test]
async fn anything_may_be_given_back_and_nothing_is_learned_from_it() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    for text in ["", "nonsense", "gsp_nonsense"] {
        let answer = gateway.nobody().revoke(&docs.with_token(text)).await;
        assert!(matches!(answer.status.as_u16(), 200 | 400), "{text}: {}", answer.status);
    }
    gateway.nobody().revoke(&tampered(&docs, 30)).await.is(200);
    docs.get(PATH).await.is(200);
}

#[tokio::test]
async fn a_sub_agent_stays_within_the_refs_it_was_given() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let lint = docs.narrow(&Narrowing::new().refs_under("refs/heads/agents/lint/").delegate("lint"));
    let workspace = Workspace::new();
    let handbook = workspace.clone(&lint.remote("acme/handbook")).await;
    handbook.commit("page", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/lint/a"]).await.succeeds();
    handbook.push(&["HEAD:refs/heads/agents/docs"]).await.fails().says("narrowed").says("`refs/heads/agents/docs`");
    lint.send(Method::POST, &format!("{PATH}/issues"), &json!({"title": "t"})).await.is(403).is_refused("narrowed");
    docs.send(Method::POST, &format!("{PATH}/issues"), &json!({"title": "t"})).await.is(201);
}

#[tokio::test]
async fn a_sub_agent_is_kept_to_actions_repositories_time_and_place() {
    let setting = Setting::new().agent("docs-writer", "acme/*", WRITER);
    let gateway = TestGateway::with(setting.repository("acme/handbook").repository("acme/site")).await;
    let docs = gateway.agent("docs-writer").await;
    let refused = async |narrowing: Narrowing, reason: &str| {
        docs.narrow(&narrowing).get(PATH).await.is_refused(reason);
    };
    docs.get(PATH).await.is(200);
    refused(Narrowing::new().repositories(["acme/site".parse().expect("a name")]), "narrowed").await;
    refused(Narrowing::new().repositories_under("other/"), "narrowed").await;
    refused(Narrowing::new().clients(["192.0.2.1".parse().expect("an address")]), "narrowed").await;
    docs.narrow(&Narrowing::new().clients(["127.0.0.1".parse().expect("an address")])).get(PATH).await.is(200);
    let soon = "2026-11-23T10:01:00Z".parse().expect("an instant");
    let brief = docs.narrow(&Narrowing::new().expires(soon));
    brief.get(PATH).await.is(200);
    gateway.advance(SignedDuration::from_secs(61));
    brief.get(PATH).await.is(401).is_refused("token-expired");
    docs.get(PATH).await.is(200);
    let one = RefName::for_branch("agents/one").expect("a ref");
    docs.narrow(&Narrowing::new().refs([one])).get(PATH).await.is(200);
}

#[tokio::test]
async fn a_token_holds_less_where_less_was_asked_for() {
    let gateway = TestGateway::start().await;
    let details = r#"[{"type":"gogs","actions":["contents:read"]}]"#;
    let asked = [("authorization_details", details), ("lifetime", "60")];
    let reader = gateway.key_holder("docs-writer").token_for(&asked).await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&reader.remote("acme/handbook")).await;
    handbook.commit("page", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/x"]).await.fails().says("not-granted");
    gateway.advance(SignedDuration::from_secs(61));
    reader.get(PATH).await.is(401).is_refused("token-expired");
}

#[tokio::test]
async fn what_is_not_granted_cannot_be_asked_for() {
    let gateway = TestGateway::start().await;
    let holder = gateway.key_holder("docs-writer");
    for details in [
        r#"[{"type":"gogs","actions":["repository:admin"]}]"#,
        r#"[{"type":"gogs","repositories":["acme/other"]}]"#,
        r#"[{"type":"gogs","actions":["ref:update"],"refs":["refs/heads/**"]}]"#,
        r#"[{"type":"gogs","colour":"red"}]"#,
    ] {
        let answer = holder.ask(&holder.sign(&holder.claims()), &[("authorization_details", details)]).await.is(400);
        assert_eq!(answer.json()["error"], "invalid_authorization_details", "{details}");
    }
    let answer = holder.ask(&holder.sign(&holder.claims()), &[("lifetime", "7200")]).await.is(400);
    assert_eq!(answer.json()["error"], "invalid_request");
}
