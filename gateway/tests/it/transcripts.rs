//! The recorded calls that an automation may make, through the gateway: it is answered as the forge answers.
//!
//! The recordings are of Gogs 0.14.3. Each call of a file that the gateway serves is made by an agent, and where it
//! only reads it is made again at the forge itself, under the agent's own account: status, content type and body are the
//! same but for what the forge counts or dates anew.

use std::{collections::BTreeMap, path::Path};

use gogs_spanner_testkit::{Answer, Caller, Person, Setting, TestGateway};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

/// Everything there is to grant in a repository.
const EVERYTHING: &str = r#"[
  { actions = ["contents:read", "issues:read", "issues:write", "repository:admin", "directory:read"] },
  { actions = ["ref:create", "ref:update"], refs = ["**"] },
]"#;

#[derive(Deserialize)]
struct Recording {
    exchanges: Vec<Exchange>,
}

#[derive(Deserialize)]
struct Exchange {
    label: String,
    request: Request,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Body>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Body {
    json: Option<Value>,
}

fn recording(name: &str) -> Recording {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testkit/data/transcripts");
    let text = std::fs::read_to_string(folder.join(name)).expect("a recording");
    serde_json::from_str(&text).expect("a recording")
}

/// What stands for a value that only the recorded forge knew cannot be sent again.
fn can_be_sent(request: &Request) -> bool {
    !request.path.contains('{')
        && request.path.starts_with("/api/v1/repos/acme/")
        && request.headers.contains_key("authorization")
}

fn kind(answer: &Answer) -> Option<&str> {
    answer.headers.get("content-type").and_then(|value| value.to_str().ok())
}

async fn same_as_directly(file: &str) -> usize {
    let setting = Setting::new().agent("docs", "acme/*", EVERYTHING).repository("acme/handbook");
    let gateway = TestGateway::with(setting).await;
    let docs = gateway.agent("docs").await;
    docs.get("/api/v1/repos/acme/handbook").await.is(200);
    let account = gateway.forge.stand_in().mint_token("agent-docs", "a look at the forge itself").expect("a token");
    let person = Person::at(&gateway.forge, &account);
    let mut compared = 0;
    for Exchange { label, request } in recording(file).exchanges.iter().filter(|one| can_be_sent(&one.request)) {
        let method: Method = request.method.parse().expect("a method");
        let body = request.body.as_ref().and_then(|body| body.json.clone());
        let through = match &body {
            Some(body) => docs.send(method.clone(), &request.path, body).await,
            None => docs.send_text(method.clone(), &request.path, "").await,
        };
        if !through.reason().is_empty() || method != Method::GET {
            continue;
        }
        let direct = person.get(&request.path).await;
        assert_eq!((through.status, kind(&through)), (direct.status, kind(&direct)), "{file}: {label}");
        assert_eq!(through.text, direct.text, "{file}: {label}");
        compared += 1;
    }
    compared
}

#[tokio::test]
async fn repositories_and_contents_read_as_at_the_forge() {
    assert!(same_as_directly("repositories-and-contents.json").await >= 5);
}

#[tokio::test]
async fn issues_read_as_at_the_forge() {
    assert!(same_as_directly("issues.json").await >= 3);
}

#[tokio::test]
async fn hooks_and_keys_are_the_forges_own_business() {
    same_as_directly("hooks-and-keys.json").await;
}
