//! Access tokens by the API: made and listed with a password, never deleted (`user/access_tokens.go`).

use axum::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{self, Answer, Fault},
    auth::Means,
    call::Call,
};

/// What a listing shows instead of a token: the first forty digits of its digest, of no use to anybody.
const SHOWN: usize = 40;

#[derive(Deserialize)]
struct NewToken {
    #[serde(default)]
    name: String,
}

/// `/users/<whatever>/tokens`: the name in the path is ignored, the account is whose password it is.
pub(super) fn answer(call: &Call) -> Answer {
    if call.caller.by != Means::Password {
        return Err(Fault::UNAUTHORIZED);
    }
    match call.method {
        Method::GET => list(call),
        Method::POST => create(call),
        _ => Err(Fault::NoRoute),
    }
}

fn list(call: &Call) -> Answer {
    let state = call.forge.state();
    let tokens =
        state.tokens_of(call.caller.id).map(|token| json!({"name": token.name, "sha1": &token.digest[..SHOWN]}));
    answer::ok(&Value::Array(tokens.collect()))
}

fn create(call: &Call) -> Answer {
    let NewToken { name } = call.json()?;
    if name.is_empty() {
        return Err(Fault::Invalid { field: "Name", rule: "Required" });
    }
    let id = call.caller.id;
    let mut state = call.forge.state();
    if state.tokens_of(id).any(|token| token.name == name) {
        let message = format!("access token already exists: map[name:{name} userID:{id}]");
        return Err(Fault::unprocessable(message));
    }
    let token = state.mint(id, &name);
    answer::created(&json!({"name": name, "sha1": token}))
}
