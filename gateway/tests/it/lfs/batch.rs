//! What is no batch.

use gogs_spanner_capability::token::Narrowing;
use gogs_spanner_testkit::{Caller, Setting, TestGateway, WRITER};
use reqwest::Method;
use serde_json::{Value, json};

use super::caller::{BATCH, BRANCH, LFS_TYPE, LfsCaller, oid, one};

#[tokio::test]
async fn a_batch_that_could_be_read_in_two_ways_is_refused_whole() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    for text in [
        r#"{"operation":"download","operation":"upload","objects":[]}"#,
        r#"{"operation":"download","Operation":"upload","objects":[]}"#,
        r#"{"operation":"download","objects":[],"colour":"red"}"#,
        r#"{"operation":"download","objects":[{"oid":"a","size":1,"size":2}]}"#,
        r#"{"operation":"download","objects":[{"oid":"a","size":1,"path":"x"}]}"#,
        r#"{"operation":"download","objects":[{"oid":"a","size":"1"}]}"#,
        r#"{"operation":"download","objects":[],"ref":{"name":"refs/heads/x","colour":"red"}}"#,
        r#"{"operation":"download","objects":[]} {}"#,
        r#"{"operation":"download"}"#,
        r#"{"operation":"steal","objects":[]}"#,
        "[]",
        "",
    ] {
        docs.batch_text(BATCH, text).await.is(400).is_refused("request-malformed");
    }
    assert!(gateway.forge.forwarded().is_empty());
}

#[tokio::test]
async fn an_upload_is_decided_for_the_ref_it_names_and_for_no_other() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let object = json!([{"oid": oid(b"x"), "size": 1}]);
    let asked = |reference: Value| json!({"operation": "upload", "objects": object, "ref": reference});
    docs.batch(&asked(json!({"name": BRANCH}))).await.is(200);
    docs.batch(&asked(json!({"name": "refs/heads/master"}))).await.is(403).is_refused("not-granted");
    for name in ["HEAD", "agents/large", "refs/heads/../x", "refs/heads/-x", ""] {
        let refused = docs.batch(&asked(json!({"name": name}))).await.is(400).is_refused("request-malformed");
        assert!(refused.text.contains("ref.name"), "{}", refused.text);
    }
    for none in [json!({"operation": "upload", "objects": object}), asked(Value::Null)] {
        docs.batch(&none).await.is(400).is_refused("request-malformed");
    }
}

#[tokio::test]
async fn who_may_only_read_uploads_nothing_although_gogs_would_let_it_ask() {
    let reader = r#"[{ actions = ["contents:read"] }]"#;
    let issues = r#"[{ actions = ["issues:write"] }]"#;
    let setting = Setting::usual().agent("reader", "acme/handbook", reader).agent("tracker", "acme/handbook", issues);
    let gateway = TestGateway::with(setting.repository("acme/other")).await;
    let (reader, tracker) = (gateway.agent("reader").await, gateway.agent("tracker").await);
    reader.batch(&one("download", b"x")).await.is(200);
    reader.batch(&one("upload", b"x")).await.is(403).is_refused("not-granted");
    tracker.batch(&one("download", b"x")).await.is(403).is_refused("not-granted");
    let elsewhere = "/acme/other.git/info/lfs/objects/batch";
    reader.batch_text(elsewhere, &one("download", b"x").to_string()).await.is(403).is_refused("not-granted");
}

#[tokio::test]
async fn what_is_limited_to_paths_brings_large_files_too() {
    let rights = r#"[{ actions = ["ref:create"], refs = ["refs/heads/agents/**"], paths = ["docs/**"] }]"#;
    let gateway = TestGateway::with(Setting::new().agent("docs", "acme/handbook", rights)).await;
    let docs = gateway.agent("docs").await;
    docs.batch(&one("upload", b"x")).await.is(200);
    let lint = docs.narrow(&Narrowing::new().paths_under("docs/lint/"));
    lint.batch(&one("upload", b"x")).await.is(200);
    let put = lint.action("upload", "upload", b"x").await;
    lint.call(&put, Method::PUT, "x").await.is(200);
}

#[tokio::test]
async fn a_thousand_objects_fit_into_a_batch_and_one_more_does_not() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let batch = |count: usize| {
        let objects: Vec<_> = (0..count).map(|n| json!({"oid": oid(&n.to_le_bytes()), "size": 8})).collect();
        json!({"operation": "upload", "ref": {"name": BRANCH}, "objects": objects})
    };
    let answer = docs.batch(&batch(1000)).await.is(200).json();
    assert_eq!(answer["objects"].as_array().map(Vec::len), Some(1000));
    docs.batch(&batch(1001)).await.is(413).is_refused("too-large");
    let padded = format!("{}{}", " ".repeat(600_000), batch(1));
    docs.batch_text(BATCH, &padded).await.is(413).is_refused("too-large");
}

#[tokio::test]
async fn another_adapter_or_hash_is_refused_as_the_specification_says() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let with = |member: &str, value: Value| {
        let mut batch = one("download", b"x");
        batch[member] = value;
        batch
    };
    docs.batch(&with("transfers", json!(["lfs-standalone-file", "basic", "ssh"]))).await.is(200);
    docs.batch(&with("transfers", json!([]))).await.is(200);
    docs.batch(&with("transfers", json!(["tus", "ssh"]))).await.is(501).is_refused("upstream-cannot");
    docs.batch(&with("hash_algo", json!("sha256"))).await.is(200);
    docs.batch(&with("hash_algo", json!("sha512"))).await.is(409).is_refused("hash-algorithm-refused");
}

#[tokio::test]
async fn only_the_media_type_of_lfs_is_read() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let send = async |kind: &str, encoding: Option<&str>| {
        let request = docs.request(Method::POST, BATCH).header("content-type", kind);
        let request = encoding
            .map(|name| request.try_clone().expect("no body yet").header("content-encoding", name))
            .unwrap_or(request);
        docs.answered(request.body(one("download", b"x").to_string())).await
    };
    send(&format!("{LFS_TYPE}; charset=utf-8"), None).await.is(200);
    send("application/json", None).await.is(415);
    send("multipart/form-data; boundary=x", None).await.is(415);
    send(LFS_TYPE, Some("gzip")).await.is(415);
}

#[tokio::test]
async fn nobody_is_asked_for_credentials_in_both_ways_clients_know() {
    let gateway = TestGateway::start().await;
    let nobody = gateway.nobody();
    let request = nobody.request(Method::POST, BATCH).header("content-type", LFS_TYPE);
    let answer = nobody.answered(request.body(one("download", b"x").to_string())).await;
    let answer = answer.is(401).is_refused("credential-missing");
    for name in ["www-authenticate", "lfs-authenticate"] {
        let challenge = answer.headers.get(name).and_then(|value| value.to_str().ok()).expect("a challenge");
        assert!(challenge.starts_with("Basic realm="), "{name}: {challenge}");
    }
    assert_eq!(answer.headers["content-type"], LFS_TYPE);
    let document = answer.json();
    assert!(document["message"].as_str().is_some_and(|text| text.contains("hint: ")));
    assert!(document["documentation_url"].is_string() && document["request_id"].is_string());
}

#[tokio::test]
async fn locks_are_not_implemented_and_nothing_else_is_there() {
    let gateway = TestGateway::with(Setting::new().agent("docs", "acme/handbook", WRITER)).await;
    let docs = gateway.agent("docs").await;
    let below = |tail: &str| format!("/acme/handbook.git/info/lfs/{tail}");
    for (method, tail) in [
        (Method::GET, "locks?refspec=refs%2Fheads%2Fmaster"),
        (Method::POST, "locks"),
        (Method::POST, "locks/verify"),
        (Method::POST, "locks/7/unlock"),
    ] {
        let request = docs.request(method, &below(tail)).header("content-type", LFS_TYPE).body("{}");
        docs.answered(request).await.is(501).is_refused("upstream-cannot");
    }
    docs.get(&below("objects")).await.is(404);
    docs.get(&below("objects/batch")).await.is(405);
    docs.get(&below("objects/basic/xyz")).await.is(400);
    docs.get(&below("Objects/batch")).await.is(404);
    docs.batch_text("/acme/handbook.wiki.git/info/lfs/objects/batch", "{}").await.is(404);
    assert!(gateway.forge.forwarded().is_empty());
}
