//! The description for programs: a valid document, and what is answered is what it describes.

use gogs_spanner_capability::token::Narrowing;
use gogs_spanner_testkit::{Caller, Setting, TestGateway};
use reqwest::Method;
use serde_json::{Value, json};

use super::{CAN, REASONS, WHOAMI, ask, push};

const OPENAPI: &str = "/-/spanner/api/v1/openapi.json";
/// What a document of `OpenAPI` 3.1 is: <https://spec.openapis.org/oas/3.1/schema/2022-10-07> (Apache-2.0), as the package
/// `openapi-spec-validator` 0.7.2 has it.
const SPECIFICATION: &str = include_str!("openapi-3.1.json");

/// The description a gateway gives.
async fn description(gateway: &TestGateway) -> Value {
    gateway.nobody().get(OPENAPI).await.is(200).json()
}

#[tokio::test]
async fn the_description_is_a_valid_one() {
    let description = description(&TestGateway::start().await).await;
    let specification = serde_json::from_str(SPECIFICATION).expect("a schema");
    let specification = jsonschema::draft202012::new(&specification).expect("a schema that can be used");
    let faults: Vec<_> = specification.iter_errors(&description).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    for (name, schema) in description["components"]["schemas"].as_object().expect("schemas") {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}: {schema}");
    }
    let mut empty = description;
    empty.as_object_mut().expect("an object").remove("info");
    assert!(!specification.is_valid(&empty), "a document without its title is none");
}

/// Forbids members that are not described, wherever members are.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("properties").is_some_and(Value::is_object) {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Insists that an answer is what is described for the call and status, to the last member.
#[track_caller]
fn is_described(description: &Value, path: &str, method: &str, status: u16, answer: &Value) {
    let described = &description["paths"][path][method]["responses"][status.to_string()]["content"];
    let described = described.as_object().and_then(|types| types.values().next()).expect("an answer is described");
    let mut schema = json!({ "components": description["components"], "allOf": [described["schema"]] });
    close(&mut schema);
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    let faults: Vec<_> = schema.iter_errors(answer).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{path} {status}: {faults:#?}");
    assert!(!schema.is_valid(&json!({})), "{path} {status}: it would describe anything");
}

#[tokio::test]
async fn what_is_answered_is_what_is_described() {
    let rights = r#"[{ actions = ["contents:read", "directory:read"] },
        { actions = ["ref:create"], refs = ["refs/heads/**"], paths = ["docs/**"], merge_from = ["refs/heads/master"] }]"#;
    let setting = Setting::new().agent("bot", "acme/handbook", rights).limited("requests = \"9/m\", pushes = \"1/m\"");
    let gateway = TestGateway::with(setting).await;
    let bot = gateway.agent("bot").await;
    let description = description(&gateway).await;
    let narrow = bot.narrow(&Narrowing::new().refs_under("refs/heads/agents/").delegate("lint"));
    for agent in [&bot, &narrow] {
        is_described(&description, WHOAMI, "get", 200, &agent.get(WHOAMI).await.is(200).json());
    }
    let mut far = push("x");
    far["paths"] = json!(["src/main.rs"]);
    let decisions = ask(&bot, json!([push("x"), far, {"action": "directory:read"}])).await.is(200).json();
    is_described(&description, CAN, "post", 200, &decisions);
    let reasons = gateway.nobody().get(REASONS).await.is(200).json();
    is_described(&description, REASONS, "get", 200, &reasons);
    let challenged = gateway.nobody().get(WHOAMI).await.is(401).json();
    is_described(&description, WHOAMI, "get", 401, &challenged);
    is_described(&description, CAN, "post", 400, &ask(&bot, json!({})).await.is(400).json());
    is_described(&description, CAN, "post", 413, &ask(&bot, json!(vec![push("x"); 101])).await.is(413).json());
    let plain = bot.request(Method::POST, CAN).header("content-type", "text/plain").body("{}");
    is_described(&description, CAN, "post", 415, &bot.answered(plain).await.is(415).json());
    while bot.get(WHOAMI).await.status.is_success() {}
    is_described(&description, WHOAMI, "get", 429, &bot.get(WHOAMI).await.is(429).json());
}

#[tokio::test]
async fn a_question_is_described_as_it_is_taken() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let description = description(&gateway).await;
    let taken = &description["paths"][CAN]["post"]["requestBody"]["content"]["application/json"]["schema"];
    let schema = json!({ "components": description["components"], "allOf": [taken] });
    let schema = jsonschema::draft202012::new(&schema).expect("a schema");
    for (question, is_taken) in [
        (json!({ "effects": [push("agents/x")] }), true),
        (json!({ "effects": [{"action": "directory:read"}] }), true),
        (json!({ "effects": [] }), true),
        (json!({ "effects": [{"action": "directory:read", "branch": "main"}] }), false),
        (json!({ "effects": [{"repository": "acme/handbook"}] }), false),
        (json!({ "effects": "all" }), false),
        (json!({ "effects": [], "more": 1 }), false),
        (json!({}), false),
    ] {
        assert_eq!(schema.is_valid(&question), is_taken, "{question}");
        let answer = docs.send(Method::POST, CAN, &question).await;
        assert_eq!(answer.status.is_success(), is_taken, "{question}: {}", answer.text);
    }
}
