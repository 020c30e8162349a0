//! What is taken back, is: from the next request on, at every door, and over a restart.

use gogs_spanner::authorize::policy::AgentKey;
use gogs_spanner_capability::{Action, token::Narrowing};
use gogs_spanner_testkit::{Agent, Caller, Setting, TestGateway, WRITER, Workspace};
use jiff::SignedDuration;
use reqwest::Method;

use crate::lfs::caller::LfsCaller;

const REPOSITORY: &str = "/api/v1/repos/acme/handbook";

async fn two_agents() -> TestGateway {
    TestGateway::with(Setting::usual().agent("ci-web", "acme/handbook", WRITER)).await
}

async fn holds(agent: &Agent) -> bool {
    let answer = agent.get(REPOSITORY).await;
    assert!(answer.status == 200 || answer.reason() == "token-revoked", "{}", answer.text);
    answer.status == 200
}

#[tokio::test]
async fn all_tokens_of_an_agent_end_at_once_and_nobody_elses() {
    let gateway = two_agents().await;
    let (one, two, other) =
        (gateway.agent("docs-writer").await, gateway.agent("docs-writer").await, gateway.agent("ci-web").await);
    let child = one.narrow(&Narrowing::new().actions([Action::RepositoryRead]));
    let ticket = one.action("upload", "upload", b"large").await;
    for agent in [&one, &two, &child, &other] {
        assert!(holds(agent).await, "and is remembered");
    }
    assert!(gateway.operate(&["revoke", "agent", "docs-writer"]).await);
    for agent in [&one, &two, &child] {
        assert!(!holds(agent).await);
    }
    Workspace::new().try_clone(&one.remote("acme/handbook")).await.fails();
    one.call(&ticket, Method::PUT, "large").await.is(401).is_refused("token-revoked");
    assert!(holds(&other).await);
    let anew = gateway.agent("docs-writer").await;
    assert!(holds(&anew).await, "whoever proves to be it gets another, in the same second");
    let gateway = gateway.restart().await;
    assert!(!holds(&one.at(&gateway.door)).await);
    assert!(holds(&anew.at(&gateway.door)).await && holds(&other.at(&gateway.door)).await);
    let trail = gateway.trail().await;
    let revoked = trail.iter().find(|line| line.action == "token:revoke").expect("it is written down");
    assert_eq!(revoked.result.as_deref(), Some("the tokens of docs-writer minted before 2026-11-23T10:00:01Z"));
    assert!(revoked.on_behalf_of.as_deref().is_some_and(|peer| peer.starts_with("uid:")));
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_and_what_it_got_has_ended() {
    let gateway = two_agents().await;
    let key = gateway.key_holder("docs-writer");
    let (docs, other) = (key.token().await, gateway.agent("ci-web").await);
    let ticket = docs.action("upload", "upload", b"large").await;
    let public = AgentKey::parse(&key.public_pem()).expect("a key");
    for wrong in [other.token(), "SHA256:nobodys", "nobodys"] {
        assert!(!gateway.operate(&["revoke", "key", "docs-writer", wrong]).await);
    }
    assert!(!gateway.operate(&["revoke", "key", "ci-web", public.thumbprint()]).await, "it is not that one's");
    assert!(holds(&docs).await);
    assert!(gateway.operate(&["revoke", "key", "docs-writer", &public.fingerprint()]).await);
    assert!(!holds(&docs).await && holds(&other).await);
    docs.call(&ticket, Method::PUT, "large").await.is(401).is_refused("token-revoked");
    let refused = key.ask(&key.sign(&key.claims()), &[]).await.is(401).is_refused("assertion-not-accepted");
    assert_eq!(refused.json()["error_description"], "the key was revoked");
    let gateway = gateway.restart().await;
    gateway.advance(SignedDuration::from_hours(1));
    let key = gateway.key_holder("docs-writer");
    key.ask(&key.sign(&key.claims()), &[]).await.is(401).is_refused("assertion-not-accepted");
}

#[tokio::test]
async fn everything_of_before_an_instant_ends_and_nothing_of_after() {
    let gateway = two_agents().await;
    let (docs, other) = (gateway.agent("docs-writer").await, gateway.agent("ci-web").await);
    gateway.advance(SignedDuration::from_secs(60));
    let later = gateway.agent("docs-writer").await;
    assert!(!gateway.operate(&["revoke", "before", "2026-11-23T11:00:00Z"]).await, "it has not come yet");
    assert!(gateway.operate(&["revoke", "before", "2026-11-23T10:00:30Z"]).await);
    assert!(!holds(&docs).await && !holds(&other).await && holds(&later).await);
    assert!(gateway.operate(&["revoke", "before", "2026-11-23T10:00:10Z"]).await, "an earlier one gives nothing back");
    assert!(!holds(&docs).await && holds(&later).await);
}

#[tokio::test]
async fn a_name_that_is_spelt_wrongly_is_not_taken_for_an_agent_that_has_ended() {
    let gateway = two_agents().await;
    let docs = gateway.agent("docs-writer").await;
    assert!(!gateway.operate(&["revoke", "agent", "docs-writr"]).await);
    assert!(!gateway.operate(&["revoke", "key", "docs-writr", "x"]).await);
    assert!(!gateway.operate(&["revoke", "person", "nobody@example.com"]).await);
    assert!(holds(&docs).await);
    let file = gateway.directory().join("spanner.toml");
    let text = std::fs::read_to_string(&file).expect("a configuration");
    let stanza = text.find("[[role]]\nname = \"docs-writer\"").expect("it is there");
    let next = text.find("[[role]]\nname = \"ci-web\"").expect("it is there");
    std::fs::write(&file, [&text[..stanza], &text[next..]].concat()).expect("a file can be written");
    let config = file.to_str().expect("a path of the test's own");
    let add = async |name: &str| {
        let role = ["--role", "ci-web", "--repository", "acme/handbook"];
        assert!(gateway.operate(&[&["--config", config, "agent", "add", name], &role[..]].concat()).await);
    };
    add("third").await;
    docs.get(REPOSITORY).await.is(403).is_refused("agent-unknown");
    assert!(gateway.operate(&["revoke", "agent", "docs-writer"]).await, "one that was heard of can be ended for good");
    std::fs::write(&file, text).expect("a file can be written");
    add("fourth").await;
    assert!(!holds(&docs).await, "although its stanza is back");
}
