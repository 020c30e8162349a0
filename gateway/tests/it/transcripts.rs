//! The recorded calls that an automation may make, through the gateway: it is answered as the forge answers.
//!
//! The recordings are of Gogs 0.14.3. Each call of a file that the gateway serves is made by an agent, and again at
//! another forge that was set up alike, under an account of the same name: status, content type and body are the same but
//! for what a forge counts, dates or calls itself anew. What is written is so compared like what is read.

use std::{collections::BTreeMap, path::Path};

use gogs_spanner_testkit::{AUDIENCE, Answer, Caller, Forge, Person, Setting, TestGateway};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// Everything there is to grant in a repository.
const EVERYTHING: &str = r#"[
  { actions = ["contents:read", "issues:read", "issues:write", "repository:admin", "credentials:mint", "directory:read"] },
  { actions = ["ref:create", "ref:update"], refs = ["**"] },
]"#;

/// What each forge counts, dates, or knows of its accounts, and the door only automations have none to.
const ANEW: [&str; 9] = ["id", "sha", "created_at", "updated_at", "timestamp", "date", "email", "full_name", "ssh_url"];

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
    text: String,
}

impl Body {
    /// What was sent.
    fn bytes(&self) -> String {
        self.json.as_ref().map_or_else(|| self.text.clone(), Value::to_string)
    }
}

fn recording(name: &str) -> Recording {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testkit/data/transcripts");
    let text = std::fs::read_to_string(folder.join(name)).expect("a recording");
    serde_json::from_str(&text).expect("a recording")
}

/// What stands for a value that only the recorded forge knew cannot be sent again, and who is let in is not for comparing.
fn can_be_sent(request: &Request) -> bool {
    !request.path.contains('{')
        && request.path.starts_with("/api/v1/repos/acme/")
        && request.headers.contains_key("authorization")
        && !request.path.contains("/collaborators")
}

fn kind(answer: &Answer) -> Option<&str> {
    answer.headers.get("content-type").and_then(|value| value.to_str().ok())
}

/// A body without what no two forges say alike.
fn alike(answer: &Answer, origin: &str) -> Value {
    // An archive names its commit and its files' times.
    if answer.text.starts_with("PK") {
        return Value::from("a zip file");
    }
    let text = answer.text.replace(AUDIENCE, "{door}").replace(origin, "{door}");
    // What accounts of ours are called in full, which commits are signed with.
    let text = text.replace("docs (automation of tests, by Gogs Spanner)", "agent-docs");
    serde_json::from_str(&text).map_or(Value::String(text), |mut document| {
        forget(&mut document);
        document
    })
}

fn forget(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !ANEW.contains(&name.as_str()));
            members.values_mut().for_each(forget);
        }
        Value::Array(items) => items.iter_mut().for_each(forget),
        Value::String(text) => *text = without_ids(text),
        _ => {}
    }
}

/// Object ids in links.
fn without_ids(text: &str) -> String {
    let is_id = |part: &str| part.len() == 40 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<_> = text.split('/').map(|part| if is_id(part) { "{id}" } else { part }).collect();
    parts.join("/")
}

/// A forge of its own where the agent's account is let in as the gateway lets it in.
async fn twin() -> (Forge, Person) {
    let forge = Forge::demonstration().await;
    let administrator = Person::at(&forge, forge.admin_token());
    forge.create_private_repository("acme/handbook").await;
    forge.stand_in().create_account("agent-docs", "a password of the test");
    let path = "/api/v1/repos/acme/handbook/collaborators/agent-docs";
    administrator.send(Method::PUT, path, &json!({"permission": "admin"})).await.is(204);
    let token = forge.stand_in().mint_token("agent-docs", "a look at the forge itself").expect("a token");
    let person = Person::at(&forge, &token);
    (forge, person)
}

async fn same_as_directly(file: &str) -> BTreeMap<String, usize> {
    let setting = Setting::new().agent("docs", "acme/*", EVERYTHING).repository("acme/handbook");
    let gateway = TestGateway::with(setting).await;
    let docs = gateway.agent("docs").await;
    docs.get("/api/v1/repos/acme/handbook").await.is(200);
    let (other, person) = twin().await;
    let mut compared = BTreeMap::new();
    for Exchange { label, request } in recording(file).exchanges.iter().filter(|one| can_be_sent(&one.request)) {
        let method: Method = request.method.parse().expect("a method");
        let body = request.body.as_ref().map(Body::bytes).unwrap_or_default();
        let through = docs.send_text(method.clone(), &request.path, &body).await;
        if !through.reason().is_empty() {
            continue;
        }
        let direct = person.send_text(method, &request.path, &body).await;
        let said =
            |answer: &Answer, origin: &str| (answer.status, kind(answer).map(str::to_owned), alike(answer, origin));
        assert_eq!(said(&through, gateway.forge.url()), said(&direct, other.url()), "{file}: {label}");
        *compared.entry(request.method.clone()).or_default() += 1;
    }
    compared
}

#[tokio::test]
async fn repositories_and_contents_are_answered_as_at_the_forge() {
    let compared = same_as_directly("repositories-and-contents.json").await;
    assert!(compared["GET"] >= 15 && compared["PUT"] >= 5, "{compared:?}");
}

#[tokio::test]
async fn issues_are_answered_as_at_the_forge() {
    let compared = same_as_directly("issues.json").await;
    assert!(compared["GET"] >= 5 && compared["POST"] >= 5 && compared["PATCH"] >= 2, "{compared:?}");
}

#[tokio::test]
async fn hooks_and_keys_are_answered_as_at_the_forge() {
    let compared = same_as_directly("hooks-and-keys.json").await;
    assert!(compared["GET"] >= 2 && compared["POST"] >= 3, "{compared:?}");
}
