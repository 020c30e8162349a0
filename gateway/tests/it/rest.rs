//! The API: the same rooms through another door, and what is forwarded is what was decided on.

use gogs_spanner_capability::token::Narrowing;
use gogs_spanner_testkit::{Agent, Caller, Setting, TestGateway, WRITER, eventually};
use reqwest::Method;
use serde_json::{Value, json};

const REPOSITORY: &str = "/api/v1/repos/acme/handbook";
const FILE: &str = "/api/v1/repos/acme/handbook/contents/docs/page.md";
const MAINTAINER: &str = r#"[{ actions = ["contents:read"] },
    { actions = ["ref:create", "ref:update"], refs = ["refs/heads/**"] }]"#;

async fn put(agent: &Agent, body: &str) -> gogs_spanner_testkit::Answer {
    agent.send_text(Method::PUT, FILE, body).await
}

/// The last `PUT` that reached the forge, as JSON.
fn forwarded(gateway: &TestGateway) -> Value {
    let arrivals = gateway.forge.forwarded();
    let put = arrivals.iter().rfind(|arrival| arrival.method == Method::PUT).expect("a PUT reached the forge");
    serde_json::from_slice(&put.body).expect("JSON was forwarded")
}

#[tokio::test]
async fn what_may_be_read_is_read() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    for path in ["", "/contents/README.md", "/branches", "/commits", "/issues"] {
        docs.get(&format!("{REPOSITORY}{path}")).await.is(200);
    }
}

#[tokio::test]
async fn what_may_not_be_written_is_not_forwarded() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get(REPOSITORY).await.is(200);
    gateway.forge.stand_in().recorder().clear();
    for (method, path) in [
        (Method::PATCH, ""),
        (Method::POST, "/hooks"),
        (Method::POST, "/keys"),
        (Method::PUT, "/collaborators/agent-docs-writer"),
        (Method::DELETE, ""),
    ] {
        let answer = docs.send(method.clone(), &format!("{REPOSITORY}{path}"), &json!({})).await;
        assert!(matches!(answer.status.as_u16(), 403 | 404 | 405 | 501), "{method} {path}: {}", answer.status);
    }
    assert!(gateway.forge.arrivals().is_empty());
}

#[tokio::test]
async fn a_body_of_more_values_than_any_call_has_is_refused() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let body = format!(r#"{{"message":[{}0]}}"#, "0,".repeat(1 << 20));
    let refused = put(&docs, &body).await.is(400).is_refused("request-malformed");
    assert!(refused.text.contains("values"), "{}", refused.text);
}

#[tokio::test]
async fn without_a_branch_the_default_branch_is_meant_and_always_written_down() {
    let setting = Setting::new().agent("bot", "acme/handbook", MAINTAINER);
    let gateway = TestGateway::with(setting).await;
    let bot = gateway.agent("bot").await;
    for body in [
        r#"{"message":"m","content":"YQo="}"#,
        r#"{"message":"m","content":"Ygo=","branch":""}"#,
        r#"{"message":"m","content":"Ywo=","branch":null}"#,
        r#"{"message":"m","content":"ZAo=","branch":"master"}"#,
    ] {
        put(&bot, body).await.is(201);
        assert_eq!(forwarded(&gateway)["branch"], "master", "{body}");
    }
}

#[tokio::test]
async fn a_branch_that_may_only_be_proposed_is_not_the_default_branch_by_leaving_it_out() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    for body in [r#"{"message":"m","content":"YQo="}"#, r#"{"message":"m","content":"YQo=","branch":"master"}"#] {
        put(&docs, body).await.is(403).is_refused("not-granted");
    }
    put(&docs, r#"{"message":"m","content":"YQo=","branch":"agents/x"}"#).await.is(201);
    assert_eq!(forwarded(&gateway)["branch"], "agents/x");
}

#[tokio::test]
async fn a_body_that_could_be_read_in_two_ways_is_refused() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get(REPOSITORY).await.is(200);
    gateway.forge.stand_in().recorder().clear();
    for body in [
        r#"{"message":"m","content":"YQo=","branch":"agents/x","branch":"master"}"#,
        r#"{"message":"m","content":"YQo=","branch":"agents/x","Branch":"master"}"#,
        r#"{"message":"m","content":"YQo=","BRANCH":"agents/x"}"#,
        r#"{"message":"m","content":"YQo=","branch":"agents/x","new_branch":"master"}"#,
        r#"{"message":"m","content":"YQo=","branch":["agents/x"]}"#,
        r#"{"message":"m","content":"YQo=","branch":"agents/x"} {}"#,
        r#"{"message":"m","content":"YQo=","branch":"agents/x","branch":"master"}"#,
        r#"[{"message":"m","content":"YQo=","branch":"agents/x"}]"#,
        "{\"message\":\"m\",\"content\":\"YQo=\",\"branch\":\"agents/x\"",
        "",
    ] {
        put(&docs, body).await.is(400).is_refused("request-malformed");
    }
    assert!(gateway.forge.arrivals().iter().all(|arrival| arrival.method == Method::GET));
}

#[tokio::test]
async fn a_branch_is_one_only_if_git_would_say_so() {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", MAINTAINER)).await;
    let bot = gateway.agent("bot").await;
    for branch in ["a..b", "-x", "a b", "a~1", "a^", "a:b", "refs//x", "x.lock", "/x", "x/", "a\\b", "@{1}"] {
        let body = json!({"message": "m", "content": "YQo=", "branch": branch}).to_string();
        put(&bot, &body).await.is(400);
    }
}

#[tokio::test]
async fn another_body_than_json_is_refused() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"] {
        let request = docs.request(Method::POST, &format!("{REPOSITORY}/issues")).header("content-type", kind);
        let answer = request.body("title=t").send().await.expect("an answer");
        assert_eq!(answer.status(), 415, "{kind}");
    }
}

#[tokio::test]
async fn what_is_forwarded_is_the_gateways_own_serialisation() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let body = "{ \"title\" :\"t\",\n \"body\":\"\\u0041\" }";
    docs.send_text(Method::POST, &format!("{REPOSITORY}/issues"), body).await.is(201);
    let arrival = gateway.forge.forwarded().pop().expect("a call");
    assert_ne!(arrival.body, body.as_bytes());
    let same: Value = serde_json::from_slice(&arrival.body).expect("JSON");
    assert_eq!(same, json!({"title": "t", "body": "A"}));
}

#[tokio::test]
async fn a_rule_of_paths_holds_at_the_api() {
    let rights = r#"[{ actions = ["contents:read"] },
        { actions = ["ref:create"], refs = ["refs/heads/agents/**"], paths = ["docs/**"] }]"#;
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", rights)).await;
    let bot = gateway.agent("bot").await;
    let body = |branch: &str| json!({"message": "m", "content": "YQo=", "branch": branch});
    bot.send(Method::PUT, FILE, &body("agents/a")).await.is(201);
    let elsewhere = format!("{REPOSITORY}/contents/src/main.rs");
    bot.send(Method::PUT, &elsewhere, &body("agents/b")).await.is(403).is_refused("not-granted");
}

#[tokio::test]
async fn a_caveat_of_paths_holds_at_the_api() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await.narrow(&Narrowing::new().paths_under("docs/"));
    let body = |branch: &str| json!({"message": "m", "content": "YQo=", "branch": branch});
    docs.send(Method::PUT, FILE, &body("agents/a")).await.is(201);
    let elsewhere = format!("{REPOSITORY}/contents/src/main.rs");
    docs.send(Method::PUT, &elsewhere, &body("agents/b")).await.is(403).is_refused("narrowed");
}

#[tokio::test]
async fn what_an_agents_account_may_not_own_it_cannot_make() {
    let rights = r#"[{ actions = ["contents:read", "repository:create", "repository:delete"] }]"#;
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", rights)).await;
    let bot = gateway.agent("bot").await;
    bot.send(Method::POST, "/api/v1/user/repos", &json!({"name": "x"})).await.is(501).is_refused("upstream-cannot");
}

#[tokio::test]
async fn an_issue_may_be_written_and_another_agent_may_only_read_it() {
    let reader = r#"[{ actions = ["issues:read"] }]"#;
    let setting = Setting::new().agent("docs-writer", "acme/handbook", WRITER).agent("reader", "acme/handbook", reader);
    let gateway = TestGateway::with(setting).await;
    let (docs, reader) = (gateway.agent("docs-writer").await, gateway.agent("reader").await);
    let issues = format!("{REPOSITORY}/issues");
    docs.send(Method::POST, &issues, &json!({"title": "t", "body": "b"})).await.is(201);
    assert_eq!(reader.get(&format!("{issues}/1")).await.is(200).json()["title"], "t");
    reader.send(Method::POST, &issues, &json!({"title": "t"})).await.is(403).is_refused("not-granted");
}

#[tokio::test]
async fn an_id_of_another_repository_is_not_forwarded() {
    let rights = r#"[{ actions = ["issues:read", "issues:write", "repository:admin", "credentials:mint"] }]"#;
    let setting = Setting::new().agent("bot", "acme/handbook acme/web", rights);
    let gateway = TestGateway::with(setting).await;
    let bot = gateway.agent("bot").await;
    let (here, there) = (format!("{REPOSITORY}/issues"), "/api/v1/repos/acme/web/issues".to_owned());
    let mut comments = Vec::new();
    for issues in [&here, &there] {
        bot.send(Method::POST, issues, &json!({"title": "t"})).await.is(201);
        let comment = bot.send(Method::POST, &format!("{issues}/1/comments"), &json!({"body": "b"})).await.is(201);
        comments.push(comment.json()["id"].as_i64().expect("an id"));
    }
    gateway.forge.stand_in().recorder().clear();
    let edit = json!({"body": "changed"});
    for path in [format!("{here}/comments/{}", comments[1]), format!("{here}/1/comments/{}", comments[1])] {
        bot.send(Method::PATCH, &path, &edit).await.is(404).is_refused("id-absent");
    }
    bot.send_text(Method::DELETE, &format!("{here}/1/comments/{}", comments[1]), "").await.is(404);
    bot.send_text(Method::DELETE, &format!("{REPOSITORY}/keys/7"), "").await.is(404).is_refused("id-absent");
    assert!(gateway.forge.arrivals().iter().all(|arrival| arrival.method == Method::GET), "nothing was changed");
    for path in [format!("{here}/comments/{}", comments[0]), format!("{here}/1/comments/{}", comments[0])] {
        bot.send(Method::PATCH, &path, &edit).await.is(200);
    }
}

#[tokio::test]
async fn a_body_is_taken_up_to_what_its_route_needs() {
    const MIB: usize = 1024 * 1024;
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let issue = |length: usize| json!({"title": "t", "body": "x".repeat(length)});
    docs.send(Method::POST, &format!("{REPOSITORY}/issues"), &issue(MIB - 100)).await.is(201);
    docs.send(Method::POST, &format!("{REPOSITORY}/issues"), &issue(MIB)).await.is(413).is_refused("too-large");
    let file = |length: usize| json!({"message": "m", "content": "YWFh".repeat(length / 4), "branch": "agents/x"});
    docs.send(Method::PUT, FILE, &file(2 * MIB)).await.is(201);
    docs.send(Method::PUT, FILE, &file(32 * MIB)).await.is(413).is_refused("too-large");
}

#[tokio::test]
async fn what_was_read_under_rules_that_have_changed_is_read_again() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get(REPOSITORY).await.is(200);
    let forge = gateway.forge.stand_in();
    forge.recorder().clear();
    forge.pause();
    let body = r#"{"message":"late","content":"bGF0ZQ==","branch":"agents/late"}"#;
    let meanwhile = async {
        eventually("the default branch was asked for", async || !forge.recorder().arrivals().is_empty()).await;
        let config = gateway.directory().join("spanner.toml");
        let config = config.to_str().expect("a path of the test's own");
        // Of a pattern nothing is asked of the forge, which would wait as well.
        let add = ["agent", "add", "other", "--role", "docs-writer", "--repository", "acme/hand*"];
        assert!(gateway.operate(&[&["--config", config][..], &add].concat()).await);
        forge.resume();
    };
    let (refused, ()) = tokio::join!(docs.send_text(Method::PUT, FILE, body), meanwhile);
    assert_eq!(refused.header(&http::header::RETRY_AFTER), Some("1"));
    refused.is(503).is_refused("policy-changed");
    assert!(gateway.forge.forwarded().iter().all(|arrival| arrival.method == Method::GET));
    put(&docs, body).await.is(201);
}
