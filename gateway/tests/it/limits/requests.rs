//! Every request under a credential that was verified is one, whatever door it comes through.

use gogs_spanner_testkit::{Caller, TestGateway, Workspace, noise};
use jiff::SignedDuration;
use reqwest::{Method, header::RETRY_AFTER};
use serde_json::json;

use super::{beside_another, told_to_wait, with};
use crate::lfs::caller::LfsCaller;

const REPOSITORY: &str = "/api/v1/repos/acme/handbook";

/// Makes requests until one is refused; how many were not.
async fn made(caller: &impl Caller) -> usize {
    for made in 0..100 {
        if caller.get(REPOSITORY).await.status == 429 {
            return made;
        }
    }
    panic!("nothing is limited");
}

#[tokio::test]
async fn a_refusal_says_when_to_come_back_and_then_it_works() {
    let gateway = with("requests = \"4/m\"").await;
    let docs = gateway.agent("docs-writer").await;
    assert_eq!(made(&docs).await, 3, "getting the token was one");
    assert_eq!(told_to_wait(docs.get(REPOSITORY).await), 15);
    gateway.advance(SignedDuration::from_secs(14));
    assert_eq!(told_to_wait(docs.get(REPOSITORY).await), 1);
    gateway.advance(SignedDuration::from_secs(1));
    docs.get(REPOSITORY).await.is(200);
    let trail = gateway.trail().await;
    let refused: Vec<_> = trail.iter().filter(|line| line.reason.as_deref() == Some("limit-reached")).collect();
    assert_eq!(refused.len(), 3);
    assert!(refused.iter().all(|line| line.agent.as_deref() == Some("docs-writer")));
}

#[tokio::test]
async fn a_token_is_no_way_round_and_a_new_one_neither() {
    let gateway = with("requests = \"3/m\"").await;
    let key = gateway.key_holder("docs-writer");
    let (one, other) = (key.token().await, key.token().await);
    one.get(REPOSITORY).await.is(200);
    told_to_wait(other.get(REPOSITORY).await);
    let refused = key.ask(&key.sign(&key.claims()), &[]).await.is(429);
    assert_eq!(
        (refused.json()["error"].as_str(), refused.json()["retry"].as_i64()),
        (Some("temporarily_unavailable"), Some(20))
    );
    assert_eq!(refused.header(&RETRY_AFTER), Some("20"));
    let assertion = key.sign(&key.claims());
    key.ask(&assertion, &[]).await.is(429);
    gateway.advance(SignedDuration::from_secs(20));
    key.ask(&assertion, &[]).await.is(200);
}

#[tokio::test]
async fn git_hears_it_in_its_own_channel() {
    let gateway = with("requests = \"3/m\"").await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    handbook.commit("docs/page.md", "one").await;
    gateway.forge.stand_in().recorder().clear();
    for said in [handbook.push(&["HEAD:refs/heads/agents/page"]).await, handbook.git(&["fetch", "-q"]).await] {
        said.fails().says("limit-reached").says("`requests`, 3/m").says("try again in 20 s");
    }
    assert!(gateway.forge.arrivals().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_heard_also_when_sixty_megabytes_are_being_pushed() {
    let gateway = with("requests = \"4/m\"").await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook").with("pack.compression", "0")).await;
    handbook.commit("noise", noise(60_000_000)).await;
    gateway.forge.stand_in().recorder().clear();
    let said = handbook.push(&["HEAD:refs/heads/agents/page"]).await.fails();
    said.says("limit-reached").says("try again in 15 s");
    assert!(gateway.forge.arrivals().iter().all(|arrival| arrival.method == "GET"));
}

#[tokio::test]
async fn lfs_counts_for_the_agent_of_the_ticket() {
    let gateway = beside_another("requests = \"3/m\"").await;
    let docs = gateway.agent("docs-writer").await;
    let put = docs.action("upload", "upload", b"large").await;
    docs.call(&put, Method::PUT, "large").await.is(200);
    let refused = docs.call(&put, Method::PUT, "large").await;
    assert!(
        refused.json()["message"].as_str().is_some_and(|text| text.contains("try again in 20 s")),
        "{}",
        refused.text
    );
    assert_eq!(told_to_wait(refused), 20);
    let other = gateway.agent("ci-web").await;
    other.upload(b"another").await;
}

#[tokio::test]
async fn who_only_says_that_he_is_the_agent_spends_nothing_of_it() {
    let gateway = with("requests = \"3/m\"").await;
    let docs = gateway.agent("docs-writer").await;
    let key = gateway.key_holder("docs-writer");
    let stranger = TestGateway::start().await;
    let forged = stranger.agent("docs-writer").await.at(&gateway.door);
    for _ in 0..5 {
        forged.get(REPOSITORY).await.is(401);
        gateway.nobody().get(REPOSITORY).await.is(401);
        let assertion = stranger.key_holder("docs-writer").sign(&key.claims());
        key.ask(&assertion, &[]).await.is(401);
    }
    assert_eq!(made(&docs).await, 2);
}

#[tokio::test]
async fn giving_a_token_back_is_never_refused() {
    let gateway = with("requests = \"1/m\"").await;
    let docs = gateway.agent("docs-writer").await;
    told_to_wait(docs.get(REPOSITORY).await);
    gateway.nobody().revoke(&docs).await.is(200);
    docs.get(REPOSITORY).await.is(401).is_refused("token-revoked");
}

#[tokio::test]
async fn what_is_foreseen_of_a_limit_is_what_happens() {
    for limits in ["pushes = \"2/h\"", "push_bytes = \"150B/h\"", "requests = \"8/h\""] {
        let gateway = with(limits).await;
        let docs = gateway.agent("docs-writer").await;
        let mut outcomes = Vec::new();
        for number in 0..5 {
            let branch = format!("agents/{number}");
            let effect =
                json!({"action": "ref:create", "repository": "acme/handbook", "ref": format!("refs/heads/{branch}")});
            let asked = docs.send(Method::POST, "/-/spanner/api/v1/can", &json!({"effects": [effect]})).await;
            if asked.status == 429 {
                break;
            }
            let foreseen = asked.is(200).json()["decisions"][0].clone();
            let body = json!({"message": "m", "content": "YQo=", "branch": branch});
            let done = docs.send(Method::PUT, &format!("{REPOSITORY}/contents/docs/page.md"), &body).await;
            let is_refused = done.status == 429;
            assert!(is_refused || done.status == 201, "{}", done.text);
            // Of bytes nobody knows before how many they will be: it is said as soon as there is none left.
            if limits.starts_with("push_bytes") && foreseen["outcome"] == "permit" {
                outcomes.push(is_refused);
                continue;
            }
            assert_eq!(foreseen["outcome"] == "refuse", is_refused, "{limits}: {foreseen}, {}", done.text);
            if is_refused {
                assert_eq!((&foreseen["reason"], &foreseen["retry"]), (&json!("limit-reached"), &done.json()["retry"]));
            }
            outcomes.push(is_refused);
        }
        assert!(outcomes.contains(&true) && outcomes.contains(&false), "{limits}: {outcomes:?}");
        let left = docs.get("/-/spanner/api/v1/whoami").await;
        if left.status == 200 {
            let (name, written) = limits.split_once(" = ").expect("a limit");
            assert_eq!(left.json()["limits"][name]["limit"], written.trim_matches('"'), "{}", left.text);
        }
    }
}

#[tokio::test]
async fn it_is_counted_among_the_decisions() {
    let gateway = with("requests = \"1/m\"").await;
    let docs = gateway.agent("docs-writer").await;
    told_to_wait(docs.get(REPOSITORY).await);
    let metrics = gateway.private.request(Method::GET, "/metrics").send().await.expect("an answer");
    let text = metrics.text().await.expect("a text");
    let counted =
        text.lines().find(|line| line.starts_with("gogs_spanner_decisions") && line.contains("limit-reached"));
    let counted = counted.unwrap_or_else(|| panic!("not among them: {text}"));
    assert!(counted.contains("agent=\"docs-writer\"") && counted.ends_with(" 1"), "{counted}");
}
