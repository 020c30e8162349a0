//! The gateway's own API: what it says is what would be done.

mod deeds;
mod equality;
mod openapi;
mod sdk;

use gogs_spanner_capability::token::Narrowing;
use gogs_spanner_testkit::{Agent, Answer, Caller, Setting, TestGateway, WRITER};
use jiff::SignedDuration;
use reqwest::{Method, header::CACHE_CONTROL, header::WWW_AUTHENTICATE};
use serde_json::{Value, json};

use crate::stories;

const WHOAMI: &str = "/-/spanner/api/v1/whoami";
const CAN: &str = "/-/spanner/api/v1/can";
const REASONS: &str = "/-/spanner/api/v1/reasons";

async fn ask(agent: &Agent, effects: Value) -> Answer {
    agent.send(Method::POST, CAN, &json!({ "effects": effects })).await
}

/// The outcomes and reasons of some effects.
async fn decisions(agent: &Agent, effects: Value) -> Vec<(String, String)> {
    let answer = ask(agent, effects).await.is(200).json();
    let word = |decision: &Value, name: &str| decision[name].as_str().unwrap_or_default().to_owned();
    let decisions = answer["decisions"].as_array().expect("decisions").iter();
    decisions.map(|decision| (word(decision, "outcome"), word(decision, "reason"))).collect()
}

fn push(branch: &str) -> Value {
    json!({"action": "ref:create", "repository": "acme/handbook", "ref": format!("refs/heads/{branch}")})
}

#[tokio::test]
async fn a_caller_is_told_who_it_is_and_what_is_left_of_its_rights() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    gateway.advance(SignedDuration::from_mins(5));
    let whoami = docs.get(WHOAMI).await.is(200);
    assert_eq!(whoami.header(&CACHE_CONTROL), Some("no-store"));
    let whoami = whoami.json();
    assert_eq!((&whoami["agent"], &whoami["owner"]), (&json!("docs-writer"), &json!("tests")));
    assert_eq!(
        (&whoami["expires_in"], &whoami["narrowed"], &whoami["depth_left"]),
        (&json!(600), &json!(0), &json!(3))
    );
    assert_eq!(whoami["rights"][1]["refs"], json!(["refs/heads/agents/**"]));
    let narrowing = Narrowing::new().actions([gogs_spanner_capability::Action::ContentsRead]).delegate("reader");
    let less = docs.narrow(&narrowing).get(WHOAMI).await.is(200).json();
    assert_eq!(
        (&less["narrowed"], &less["depth_left"], &less["delegates"]),
        (&json!(1), &json!(2), &json!(["reader"]))
    );
    let actions = json!(["contents:read", "repository:read"]);
    assert_eq!((&less["rights"][0]["actions"], &less["rights"][1]), (&actions, &Value::Null));
    assert_ne!(less["token"], whoami["token"]);
}

#[tokio::test]
async fn every_call_is_journaled_with_its_principal() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get(WHOAMI).await.is(200);
    ask(&docs, json!([push("agents/x"), push("main")])).await.is(200);
    ask(&docs, json!([{"action": "everything"}])).await.is(400);
    gateway.nobody().get(WHOAMI).await.is(401);
    let trail = gateway.trail().await;
    let calls: Vec<_> = trail
        .iter()
        .filter(|line| line.agent.as_deref() == Some("docs-writer") && line.action != "token:issue")
        .map(|line| (line.action.as_str(), line.repository.as_str(), line.reason.as_deref(), line.result.as_deref()))
        .collect();
    let expected = [
        ("whoami", "spanner", None, Some("answered")),
        ("can", "spanner", None, Some("1 permit, 1 refuse, 0 unknown")),
        ("-", "-", Some("request-malformed"), None),
    ];
    assert_eq!(calls, expected);
    assert!(trail.iter().any(|line| line.agent.is_none() && line.reason.as_deref() == Some("credential-missing")));
}

#[tokio::test]
async fn a_caller_without_a_good_token_is_challenged() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let challenged = gateway.nobody().get(WHOAMI).await.is(401).is_refused("credential-missing");
    let challenge = challenged.header(&WWW_AUTHENTICATE).expect("a challenge");
    assert!(challenge.starts_with("Bearer ") && challenge.contains("resource_metadata="), "{challenge}");
    gateway.nobody().revoke(&docs).await.is(200);
    ask(&docs, json!([])).await.is(401).is_refused("token-revoked");
    let late = gateway.agent("docs-writer").await;
    gateway.advance(SignedDuration::from_mins(16));
    late.get(WHOAMI).await.is(401).is_refused("token-expired");
}

#[tokio::test]
async fn nothing_is_told_of_a_repository_the_caller_may_not_read() {
    let gateway = TestGateway::with(Setting::usual().repository("acme/secret")).await;
    let docs = gateway.agent("docs-writer").await;
    let read = |repository| json!({"action": "contents:read", "repository": repository});
    let answer = ask(&docs, json!([read("acme/secret"), read("acme/absent")])).await.is(200);
    assert_eq!(answer.text.replace("secret", "absent").matches("absent").count(), 2);
    let [secret, absent] = [&answer.json()["decisions"][0], &answer.json()["decisions"][1]].map(Value::to_string);
    assert_eq!(secret.replace("secret", "absent"), absent);
    assert!(gateway.forge.arrivals().is_empty(), "Gogs is not asked");
}

#[tokio::test]
async fn what_cannot_be_said_before_the_push_is_said_to_be_unknown() {
    let rights = r#"[{ actions = ["contents:read"] }, { actions = ["ref:create"], refs = ["refs/heads/**"], paths = ["docs/**"] }]"#;
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", rights)).await;
    let bot = gateway.agent("bot").await;
    let with = |paths: &[&str]| {
        let mut effect = push("x");
        effect["paths"] = json!(paths);
        effect
    };
    let asked = json!([push("x"), with(&["docs/a.md"]), with(&["docs/a.md", "src/main.rs"])]);
    let answer = ask(&bot, asked).await.is(200).json();
    let outcomes: Vec<_> =
        answer["decisions"].as_array().expect("decisions").iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["unknown", "permit", "refuse"]);
    assert_eq!(answer["decisions"][0]["reason"], "paths-not-inspected");
    assert!(answer["decisions"][0]["hint"].as_str().is_some_and(|hint| hint.contains("`paths`")));
    assert!(answer["decisions"][2]["findings"][0].as_str().is_some_and(|line| line.contains("src/main.rs")));
}

#[tokio::test]
async fn a_repository_that_took_a_name_is_not_the_one_that_was_meant() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let asked = || json!([{"action": "contents:read", "repository": "acme/handbook"}]);
    assert_eq!(decisions(&docs, asked()).await, [("permit".to_owned(), String::new())]);
    stories::replace(&gateway, "acme/handbook").await;
    gateway.advance(SignedDuration::from_secs(6));
    let refused = [("refuse".to_owned(), "repository-identity-changed".to_owned())];
    assert_eq!(decisions(&docs, asked()).await, refused);
}

#[tokio::test]
async fn a_forge_that_does_not_answer_makes_the_answer_unknown() {
    let gateway = TestGateway::with(Setting::usual().relayed()).await;
    let docs = gateway.agent("docs-writer").await;
    gateway.relay.as_ref().expect("a relay").cut().await;
    let answer = ask(&docs, json!([push("agents/x"), push("main")])).await.is(200).json();
    let decision = &answer["decisions"][0];
    assert_eq!((&decision["outcome"], &decision["reason"]), (&json!("unknown"), &json!("upstream-unavailable")));
    assert_eq!((&decision["next"], &decision["retry"]), (&json!("wait"), &json!(5)));
}

#[tokio::test]
async fn a_question_no_request_could_ask_is_refused_and_says_where() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let web = "acme/handbook";
    for (effect, place) in [
        (json!({"action": "contents:write", "repository": web}), "effects[1].action"),
        (json!({"action": "contents:*", "repository": web}), "effects[1].action"),
        (json!({"action": "contents:read"}), "effects[1].repository"),
        (json!({"action": "contents:read", "repository": "handbook"}), "effects[1].repository"),
        (json!({"action": "directory:read", "repository": web}), "effects[1].repository"),
        (json!({"action": "ref:update", "repository": web}), "effects[1].ref"),
        (json!({"action": "ref:update", "repository": web, "ref": "main"}), "effects[1].ref"),
        (json!({"action": "wiki:read", "repository": web, "ref": "refs/heads/main"}), "effects[1].ref"),
        (json!({"action": "issues:write", "repository": web, "paths": ["a"]}), "effects[1].paths"),
        (json!({"action": "ref:delete", "repository": web, "ref": "refs/heads/a", "paths": ["a"]}), "effects[1].paths"),
        (json!({"action": "ref:update", "repository": web, "ref": "refs/heads/a", "paths": []}), "effects[1].paths"),
        (
            json!({"action": "ref:update", "repository": web, "ref": "refs/heads/a", "paths": ["../a"]}),
            "effects[1].paths",
        ),
        (json!({"action": "contents:read", "repository": web, "branch": "main"}), "`branch`"),
    ] {
        let answer = ask(&docs, json!([push("agents/x"), effect])).await.is(400).is_refused("request-malformed");
        let said = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(said.contains(place), "{effect}: {said}");
    }
    docs.send_text(Method::POST, CAN, r#"{"effects": [], "effects": []}"#)
        .await
        .is(400)
        .is_refused("request-malformed");
    docs.answered(docs.request(Method::POST, CAN).body("x")).await.is(400).is_refused("request-malformed");
}

#[tokio::test]
async fn a_question_is_bounded_in_effects_and_in_bytes() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let many = |number: usize| Value::from(vec![push("agents/x"); number]);
    assert_eq!(decisions(&docs, many(100)).await.len(), 100);
    let refused = ask(&docs, many(101)).await.is(413).is_refused("too-large");
    assert_eq!(refused.json()["hint"], "ask about 100 at a time");
    let mut long = push("agents/x");
    long["paths"] = json!(vec!["x".repeat(4_000); 66]);
    ask(&docs, json!([long])).await.is(413).is_refused("too-large");
}

#[tokio::test]
async fn what_is_on_no_repository_is_asked_about_without_one() {
    let rights = format!("[{{ actions = [\"directory:read\"] }}, {}", &WRITER[1..]);
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", &rights)).await;
    let bot = gateway.agent("bot").await;
    let asked = json!([
        {"action": "directory:read"}, {"action": "repository:read"}, {"action": "issues:read"}, {"action": "audit:read"},
        {"action": "repository:create"}, {"action": "repository:delete", "repository": "acme/handbook"},
    ]);
    let answers = decisions(&bot, asked).await;
    let expected = [
        ("permit", ""),
        ("permit", ""),
        ("permit", ""),
        ("refuse", "not-granted"),
        ("refuse", "upstream-cannot"),
        ("refuse", "upstream-cannot"),
    ];
    assert_eq!(answers, expected.map(|(outcome, reason)| (outcome.to_owned(), reason.to_owned())));
    assert_eq!(bot.get(WHOAMI).await.is(200).json()["elsewhere"], json!(["directory:read"]));
}

#[tokio::test]
async fn the_reasons_are_for_everybody_and_may_be_kept() {
    let gateway = TestGateway::start().await;
    let answer = gateway.nobody().get(REASONS).await.is(200);
    assert_eq!(answer.header(&CACHE_CONTROL), Some("public, max-age=3600"));
    let table = answer.json();
    let rows = table["reasons"].as_array().expect("rows");
    assert_eq!(rows.len(), gogs_spanner_capability::Reason::ALL.len());
    let full = |row: &Value| ["code", "meaning", "hint", "next", "next_means"].iter().all(|name| row[name].is_string());
    assert!(rows.iter().all(full), "{table}");
    gateway.nobody().send(Method::POST, REASONS, &json!({})).await.is(405).is_refused("method-refused");
}

#[tokio::test]
async fn what_is_left_of_the_limits_is_told_and_a_push_that_has_to_wait_is_not_promised() {
    let setting = Setting::usual().limited("requests = \"4/h\", pushes = \"1/m\", push_bytes = \"1MiB/d\"");
    let gateway = TestGateway::with(setting).await;
    let docs = gateway.agent("docs-writer").await;
    let file = "/api/v1/repos/acme/handbook/contents/docs/page.md";
    let body = json!({"message": "m", "content": "YQo=", "branch": "agents/x"});
    docs.send(Method::PUT, file, &body).await.is(201);
    gateway.advance(SignedDuration::from_secs(20));
    let answer = ask(&docs, json!([push("agents/y"), push("main")])).await.is(200).json();
    let decisions = &answer["decisions"];
    assert_eq!((&decisions[0]["reason"], &decisions[0]["retry"]), (&json!("limit-reached"), &json!(40)));
    assert_eq!(decisions[1]["reason"], "not-granted", "waiting would not mend it");
    let limits = docs.get(WHOAMI).await.is(200).json()["limits"].clone();
    assert_eq!((&limits["pushes"]["limit"], &limits["pushes"]["remaining"]), (&json!("1/m"), &json!(0)));
    assert_eq!((&limits["pushes"]["resets_in"], &limits["requests"]["remaining"]), (&json!(40), &json!(0)));
    docs.get(WHOAMI).await.is(429).is_refused("limit-reached");
}
