//! What is brought to the forge's store of large objects, and to which Gogs none is.

use gogs_spanner_fakes::forge::Manner;
use gogs_spanner_testkit::{Agent, Forge, Setting, TestGateway, noise};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

use super::caller::{BRANCH, LfsCaller, oid, one};

/// A build of Gogs 0.14.2.
const OLD: &str = "5dcb6c64bdf61e38d2c1a3b3f4a6e2b7b6f9b0c1";

async fn before(commit: &str, setting: Setting) -> (TestGateway, Agent) {
    let forge = Forge::demonstration_with(Manner { commit: commit.to_owned(), ..Manner::default() }).await;
    let gateway = TestGateway::before(forge, setting).await;
    let docs = gateway.agent("docs-writer").await;
    (gateway, docs)
}

#[tokio::test]
async fn nothing_is_uploaded_to_a_gogs_that_gives_objects_away() {
    let (_gateway, docs) = before(OLD, Setting::usual()).await;
    let refused = docs.batch(&one("upload", b"x")).await.is(501).is_refused("upstream-cannot");
    refused.says("this Gogs is 0.14.2").says("upgrade Gogs to 0.14.3");
    docs.batch(&one("download", b"x")).await.is(200);
}

#[tokio::test]
async fn nothing_is_uploaded_to_a_gogs_nobody_knows_the_version_of() {
    let (_gateway, docs) = before("", Setting::usual()).await;
    let refused = docs.batch(&one("upload", b"x")).await.is(501).is_refused("upstream-cannot");
    refused.says("not known").says("`[upstream] version`");
    let (_gateway, docs) = before("", Setting::usual().upstream("version = \"0.15.0+dev\"")).await;
    docs.upload(b"x").await;
    let (_gateway, docs) = before("", Setting::usual().upstream("version = \"0.14.1\"")).await;
    docs.batch(&one("upload", b"x")).await.is(501).is_refused("upstream-cannot");
}

#[tokio::test]
async fn the_version_is_looked_at_once_in_a_while() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let looks = || gateway.forge.arrivals().iter().filter(|arrival| arrival.target == "/user/login").count();
    for content in [b"x", b"y"] {
        docs.upload(content).await;
    }
    assert_eq!(looks(), 1);
    gateway.advance(SignedDuration::from_mins(5));
    docs.upload(b"z").await;
    assert_eq!(looks(), 2);
}

#[tokio::test]
async fn an_object_larger_than_may_be_is_refused_by_itself() {
    let gateway = TestGateway::with(Setting::usual().and("[git]\nlargest_object = \"1KiB\"\n")).await;
    let docs = gateway.agent("docs-writer").await;
    let (small, large) = (noise(1024), noise(1025));
    let objects: Vec<_> =
        [&small, &large].iter().map(|content| json!({"oid": oid(content), "size": content.len()})).collect();
    let asked = json!({"operation": "upload", "ref": {"name": BRANCH}, "objects": objects});
    let answer = docs.batch(&asked).await.is(200).json();
    assert!(answer["objects"][0]["actions"]["upload"].is_object(), "{answer}");
    assert_eq!(answer["objects"][1]["error"]["code"], 422);
    let message = answer["objects"][1]["error"]["message"].as_str().expect("a message");
    assert_eq!(message, "the object has 1025 bytes, and an upload may have 1024");
    docs.upload(&small).await;
}

#[tokio::test]
async fn a_ticket_for_an_object_that_has_become_too_large_is_of_no_use() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let large = noise(2_000_000);
    let put = docs.action("upload", "upload", &large).await;
    let configuration = gateway.directory().join("spanner.toml");
    let text = std::fs::read_to_string(&configuration).expect("a configuration");
    std::fs::write(&configuration, format!("{text}\n[git]\nlargest_object = \"1MiB\"\n")).expect("it can be written");
    let gateway = gateway.restart().await;
    let docs = docs.at(&gateway.door);
    docs.call(&put, Method::PUT, large).await.is(413).is_refused("too-large").says("[git] largest_object");
}
