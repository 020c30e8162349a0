//! Collaborators of a repository: for its administrators only.

use axum::http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::{
    answer::{self, Answer, Fault},
    call::Call,
    describe,
    repository::Access,
};

#[derive(Deserialize, Default)]
struct Grant {
    permission: Option<String>,
}

pub(super) fn answer(call: &Call, (owner, name): (&str, &str), path: &[&str]) -> Answer {
    let repository = call.repository(owner, name, Access::Admin)?.id;
    match (&call.method, path) {
        (&Method::GET, []) => list(call, repository),
        (&Method::GET, [login]) => is_one(call, repository, login),
        (&Method::PUT, [login]) => grant(call, repository, login),
        (&Method::DELETE, [login]) => withdraw(call, repository, login),
        _ => Err(Fault::NoRoute),
    }
}

fn list(call: &Call, repository: i64) -> Answer {
    let state = call.forge.state();
    let repository = state.repositories.get(&repository).ok_or(Fault::NOT_FOUND)?;
    let rows = repository.collaborators.iter().map(|(id, access)| {
        let mut row = describe::account_of(&call.forge, &state, *id);
        row["permissions"] = describe::permissions(*access);
        row
    });
    answer::ok(&Value::Array(rows.collect()))
}

fn is_one(call: &Call, repository: i64, login: &str) -> Answer {
    let account = known(call, login)?;
    let state = call.forge.state();
    let repository = state.repositories.get(&repository).ok_or(Fault::NOT_FOUND)?;
    if repository.collaborators.contains_key(&account) { answer::no_content() } else { Err(Fault::NOT_FOUND) }
}

/// No body and no permission word mean write.
fn grant(call: &Call, repository: i64, login: &str) -> Answer {
    let account = known(call, login)?;
    let grant: Grant = if call.body.is_empty() { Grant::default() } else { call.json()? };
    let access = Access::of_word(grant.permission.as_deref());
    let mut state = call.forge.state();
    let repository = state.repositories.get_mut(&repository).ok_or(Fault::NOT_FOUND)?;
    repository.collaborators.insert(account, access);
    answer::no_content()
}

fn withdraw(call: &Call, repository: i64, login: &str) -> Answer {
    let account = known(call, login)?;
    let mut state = call.forge.state();
    let repository = state.repositories.get_mut(&repository).ok_or(Fault::NOT_FOUND)?;
    repository.collaborators.remove(&account);
    answer::no_content()
}

/// An account nobody has is 422 without a word (recorded).
fn known(call: &Call, login: &str) -> Result<i64, Fault> {
    let state = call.forge.state();
    let account = state.account(login).ok_or(Fault::Status(StatusCode::UNPROCESSABLE_ENTITY))?;
    Ok(account.id)
}
