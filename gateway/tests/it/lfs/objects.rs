//! The bytes of an object, and what may happen to them and to their sender on the way.

use gogs_spanner_testkit::{Agent, Answer, Caller, TestGateway, eventually, noise};
use jiff::SignedDuration;
use reqwest::{Body, Method};
use serde_json::json;

use super::caller::{Action, LfsCaller, oid, path};

/// More than sockets hold, so that the forge has some of it before the rest is sent.
const LARGE: usize = 3_000_000;

/// Sends one half of an object, lets something happen once the forge has some of it, then sends the other.
async fn halves(gateway: &TestGateway, docs: &Agent, content: &[u8], meanwhile: impl AsyncFnOnce()) -> Answer {
    let put = docs.action("upload", "upload", content).await;
    let (first, second) = content.split_at(content.len() / 2);
    let (sender, pieces) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(1);
    let request = put.request(&gateway.door, Method::PUT).header("content-length", content.len());
    let body =
        Body::wrap_stream(futures::stream::unfold(pieces, |mut pieces| async { Some((pieces.recv().await?, pieces)) }));
    let sending = async {
        sender.send(Ok(first.to_vec())).await.expect("it is taken");
        eventually("some of it reached the forge", async || {
            gateway.forge.arrivals().iter().any(|arrival| arrival.method == Method::PUT && arrival.body_length > 0)
        })
        .await;
        meanwhile().await;
        sender.send(Ok(second.to_vec())).await.expect("it is taken");
        drop(sender);
    };
    tokio::join!(docs.answered(request.body(body)), sending).0
}

fn stored(gateway: &TestGateway, content: &[u8]) -> bool {
    gateway.forge.stand_in().lfs_objects_of("acme/handbook").expect("it is there").contains_key(&oid(content))
}

fn put_at_the_forge(gateway: &TestGateway) -> u64 {
    let arrivals = gateway.forge.forwarded();
    arrivals.iter().filter(|arrival| arrival.method == Method::PUT).map(|arrival| arrival.body_length).sum()
}

#[tokio::test]
async fn an_object_goes_up_is_verified_and_comes_down() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    for content in [&b"x"[..], b"two words", &noise(100_000)] {
        let verify = docs.action("upload", "verify", content).await;
        let asked = json!({"oid": oid(content), "size": content.len()}).to_string();
        let early = docs.call(&verify, Method::POST, asked.clone()).await.is(404);
        assert_eq!(early.json()["message"], "Object does not exist");
        docs.upload(content).await;
        docs.call(&verify, Method::POST, asked).await.is(200);
        let get = docs.action("download", "download", content).await;
        let answer = get.request(&gateway.door, Method::GET).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        for (name, value) in [
            ("content-length", content.len().to_string().as_str()),
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("content-disposition", "attachment"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.headers()[name], value);
        }
        assert!(answer.bytes().await.expect("all of it") == content, "other bytes came");
    }
}

#[tokio::test]
async fn an_object_without_bytes_is_one_too() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.upload(b"").await;
    assert!(stored(&gateway, b""));
    let lie = json!({"operation": "upload", "ref": {"name": "refs/heads/agents/x"}, "objects": [{"oid": oid(b"x"), "size": 0}]});
    let action = docs.batch(&lie).await.is(200).json()["objects"][0]["actions"]["upload"].clone();
    let put =
        Action { path: path(b"x"), ticket: action["header"]["spanner-ticket"].as_str().expect("a ticket").to_owned() };
    docs.call(&put, Method::PUT, "").await.is(422).is_refused("object-mismatch");
}

#[tokio::test]
async fn other_bytes_than_announced_never_reach_the_forge_whole() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let content = noise(200_000);
    let put = docs.action("upload", "upload", &content).await;
    let mut other = content.clone();
    other[content.len() / 2] ^= 1;
    docs.call(&put, Method::PUT, other).await.is(422).is_refused("object-mismatch");
    assert!(put_at_the_forge(&gateway) < content.len() as u64, "the last byte was held back");
    assert!(!stored(&gateway, &content));
    docs.call(&put, Method::PUT, content.clone()).await.is(200);
    assert!(stored(&gateway, &content));
}

#[tokio::test]
async fn another_number_of_bytes_is_refused_whether_it_is_announced_or_not() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let content = noise(200_000);
    let put = docs.action("upload", "upload", &content).await;
    let longer = [&content[..], b"x"].concat();
    for other in [&content[..content.len() - 1], &longer, b""] {
        docs.call(&put, Method::PUT, other.to_vec()).await.is(422).is_refused("object-mismatch");
        assert_eq!(put_at_the_forge(&gateway), 0, "what is announced wrongly is not begun");
    }
    for other in [content[..content.len() - 1].to_vec(), longer] {
        let pieces = futures::stream::iter([Ok::<_, std::io::Error>(other)]);
        docs.call(&put, Method::PUT, Body::wrap_stream(pieces)).await.is(422).is_refused("object-mismatch");
    }
    let encoded = put.request(&gateway.door, Method::PUT).header("content-encoding", "gzip").body(content.clone());
    docs.answered(encoded).await.is(415);
    assert!(!stored(&gateway, &content));
}

#[tokio::test]
async fn an_upload_under_way_outlives_its_token_and_its_ticket() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let content = noise(LARGE);
    halves(&gateway, &docs, &content, async || gateway.advance(SignedDuration::from_mins(60))).await.is(200);
    assert!(stored(&gateway, &content));
    docs.get("/api/v1/repos/acme/handbook").await.is(401).is_refused("token-expired");
}

#[tokio::test]
async fn an_upload_slower_than_any_line_ends_some_time_after_its_ticket() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let content = noise(LARGE);
    let late = async || gateway.advance(SignedDuration::from_mins(62));
    halves(&gateway, &docs, &content, late).await.is(401).is_refused("token-expired");
    assert!(!stored(&gateway, &content));
}

#[tokio::test]
async fn an_upload_under_way_does_not_outlive_a_revocation() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let content = noise(LARGE);
    let revoke = async || drop(gateway.nobody().revoke(&docs).await.is(200));
    halves(&gateway, &docs, &content, revoke).await.is(401).is_refused("token-revoked");
    assert!(!stored(&gateway, &content));
    let lines = gateway.trail().await;
    let put = lines.iter().rfind(|line| line.action == "lfs:write").expect("it was written down");
    assert_eq!(put.result.as_deref(), Some("broken off: token-revoked"));
}

#[tokio::test]
async fn an_upload_under_way_does_not_outlive_a_lock_of_its_agent() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let content = noise(LARGE);
    let lock = async || assert!(gateway.operate(&["agent", "lock", "docs-writer"]).await);
    halves(&gateway, &docs, &content, lock).await.is(403).is_refused("agent-locked");
    assert!(put_at_the_forge(&gateway) < content.len() as u64, "it is broken off before its last byte");
    assert!(!stored(&gateway, &content));
    let lines = gateway.trail().await;
    let put = lines.iter().rfind(|line| line.action == "lfs:write").expect("it was written down");
    assert_eq!(put.result.as_deref(), Some("broken off: agent-locked"));
}

#[tokio::test]
async fn a_forge_that_does_not_know_the_agent_any_more_is_told_of_when_all_is_sent() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let content = noise(20_000_000);
    let put = docs.action("upload", "upload", &content).await;
    gateway.forge.stand_in().kill_tokens_of("agent-docs-writer");
    let sent = || put.request(&gateway.door, Method::PUT).body(content.clone());
    docs.answered(sent()).await.is(503).is_refused("upstream-unavailable");
    docs.get("/api/v1/repos/acme/handbook").await.is(200);
    docs.answered(sent()).await.is(200);
    assert!(stored(&gateway, &content));
}

/// Takes up the rules anew, with this in the place of that.
async fn narrow(gateway: &TestGateway, from: &str, to: &str) {
    let policy = gateway.directory().join("spanner.toml");
    let text = std::fs::read_to_string(&policy).expect("a configuration");
    std::fs::write(&policy, text.replace(from, to)).expect("it can be written");
    gateway.reload().await.expect("good rules");
}

#[tokio::test]
async fn an_upload_under_way_does_not_outlive_the_right_to_it() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let content = noise(LARGE);
    let change = async || narrow(&gateway, "refs/heads/agents/**", "refs/heads/others/**").await;
    halves(&gateway, &docs, &content, change).await.is(403).is_refused("not-granted");
    assert!(!stored(&gateway, &content));
}

#[tokio::test]
async fn a_refusal_is_heard_although_a_large_object_is_still_being_sent() {
    let content = noise(20_000_000);
    for (from, to, reason) in [
        ("refs/heads/agents/**", "refs/heads/others/**", "not-granted"),
        ("[\"acme/handbook\"]", "[\"acme/other\"]", "not-granted"),
        ("docs-writer", "somebody-else", "agent-unknown"),
    ] {
        let gateway = TestGateway::start().await;
        let docs = gateway.agent("docs-writer").await;
        let put = docs.action("upload", "upload", &content).await;
        narrow(&gateway, from, to).await;
        let sent = put.request(&gateway.door, Method::PUT).body(content.clone());
        docs.answered(sent).await.is(403).is_refused(reason);
        assert!(!stored(&gateway, &content), "{to}");
    }
}

#[tokio::test]
async fn an_object_the_forge_has_spoiled_never_comes_down_whole() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.upload(b"the object").await;
    let get = docs.action("download", "download", b"the object").await;
    let forge = gateway.forge.stand_in();
    for spoiled in [&b"the abject"[..], b"the obj"] {
        forge.spoil_lfs_object(&oid(b"the object"), spoiled).expect("it can be written");
        // Where nothing had left the forge yet, there is not even a head to be passed on.
        let whole = match get.request(&gateway.door, Method::GET).send().await {
            Ok(answer) => answer.status() == 200 && answer.bytes().await.is_ok(),
            Err(_) => false,
        };
        assert!(!whole, "{spoiled:?} came whole");
    }
}

#[tokio::test]
async fn every_transfer_is_written_down_with_its_object_before_it_is_made() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.upload(b"x").await;
    let get = docs.action("download", "download", b"x").await;
    docs.call(&get, Method::GET, "").await.is(200);
    let lines = gateway.trail().await;
    let about: Vec<_> = lines
        .iter()
        .filter(|line| line.paths == [format!("info/lfs/objects/{}", oid(b"x"))])
        .map(|line| (line.action.as_str(), line.reference.as_deref(), line.result.as_deref()))
        .collect();
    let branch = Some("refs/heads/agents/large");
    assert_eq!(about, [("lfs:write", branch, Some("200")), ("contents:read", None, Some("200"))]);
}
