//! Webhooks, which are kept but never delivered, and deploy keys, which cannot be made: SSH is disabled.

use axum::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{self, Answer, Fault},
    call::Call,
    describe,
    repository::{Access, Hook},
    time::now,
};

const KINDS: [&str; 4] = ["gogs", "slack", "discord", "dingtalk"];
/// The order in which events are shown, whatever order they were chosen in (recorded).
const EVENTS: [&str; 8] = ["create", "delete", "fork", "push", "issues", "pull_request", "issue_comment", "release"];

#[derive(Deserialize)]
struct NewHook {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    config: Value,
    #[serde(default)]
    events: Vec<String>,
    #[serde(default)]
    active: bool,
}

pub(super) fn answer(call: &Call, (owner, name): (&str, &str), path: &[&str]) -> Answer {
    let repository = call.repository(owner, name, Access::Admin)?.id;
    match (&call.method, path) {
        (&Method::GET, []) => list(call, repository),
        (&Method::POST, []) => create(call, repository),
        (&Method::DELETE, [id]) => delete(call, repository, id),
        _ => Err(Fault::NoRoute),
    }
}

fn list(call: &Call, repository: i64) -> Answer {
    let state = call.forge.state();
    let repository = state.repositories.get(&repository).ok_or(Fault::NOT_FOUND)?;
    answer::ok(&Value::Array(repository.hooks.iter().map(describe::hook).collect()))
}

/// The secret is taken and never shown; no events mean pushes.
fn create(call: &Call, repository: i64) -> Answer {
    let form: NewHook = call.json()?;
    if !KINDS.contains(&form.r#type.as_str()) {
        return Err(Fault::unprocessable("Invalid hook type."));
    }
    let member = |name: &str| form.config.get(name).and_then(Value::as_str).unwrap_or_default();
    let config = json!({"url": member("url"), "content_type": member("content_type")});
    let chosen = EVENTS.iter().filter(|event| form.events.iter().any(|wanted| wanted == *event));
    let mut events: Vec<String> = chosen.map(|event| (*event).to_owned()).collect();
    if events.is_empty() {
        events.push("push".to_owned());
    }
    let mut state = call.forge.state();
    let id = state.ids.hook.next();
    let hook = Hook { id, kind: form.r#type, config, events, active: form.active, created: now() };
    let mut row = describe::hook(&hook);
    row["created_at"] = json!(describe::NEVER);
    row["updated_at"] = json!(describe::NEVER);
    state.repositories.get_mut(&repository).ok_or(Fault::NOT_FOUND)?.hooks.push(hook);
    answer::created(&row)
}

fn delete(call: &Call, repository: i64, id: &str) -> Answer {
    let mut state = call.forge.state();
    let repository = state.repositories.get_mut(&repository).ok_or(Fault::NOT_FOUND)?;
    repository.hooks.retain(|hook| hook.id.to_string() != id);
    answer::no_content()
}

pub(super) fn keys(call: &Call, (owner, name): (&str, &str), path: &[&str]) -> Answer {
    call.repository(owner, name, Access::Admin)?;
    match (&call.method, path) {
        (&Method::GET, []) => answer::ok(&json!([])),
        // The placeholder is Gogs's own slip (recorded).
        (&Method::POST, []) => Err(Fault::unprocessable("Invalid key content: %v: SSH is disabled")),
        (&Method::GET | &Method::DELETE, [_]) => Err(Fault::NOT_FOUND),
        _ => Err(Fault::NoRoute),
    }
}
