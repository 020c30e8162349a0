//! Organizations: an account owned by users, whose only team here is "Owners".

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    account::Account,
    accounts,
    answer::{self, Answer, Fault},
    call::Call,
    describe,
};

#[derive(Deserialize)]
struct NewOrganization {
    #[serde(default)]
    username: String,
    #[serde(default)]
    full_name: String,
}

pub(super) fn create(call: &Call) -> Answer {
    let form: NewOrganization = call.json()?;
    accounts::check_letters("UserName", &form.username, accounts::LONGEST_NAME)?;
    accounts::check_name(&form.username)?;
    let mut state = call.forge.state();
    if state.account(&form.username).is_some() {
        return Err(Fault::unprocessable(format!("user already exists: map[name:{}]", form.username)));
    }
    let organization = Account::organization(&form.username, &form.full_name, call.caller.id);
    let organization = state.add_account(organization);
    answer::created(&describe::organization(&call.forge, &organization))
}

pub(super) fn mine(call: &Call) -> Answer {
    let state = call.forge.state();
    let owned = state.accounts.values().filter(|account| account.is_organization());
    let mine = owned.filter(|organization| organization.is_owned_by(call.caller.id));
    answer::ok(&Value::Array(mine.map(|found| describe::organization(&call.forge, found)).collect()))
}

/// Answers for the names of users too.
pub(super) fn get(call: &Call, name: &str) -> Answer {
    let state = call.forge.state();
    let organization = state.account(name).ok_or(Fault::NOT_FOUND)?;
    answer::ok(&describe::organization(&call.forge, organization))
}

pub(super) fn teams(call: &Call, name: &str) -> Answer {
    let state = call.forge.state();
    state.account(name).filter(|account| account.is_organization()).ok_or(Fault::NOT_FOUND)?;
    answer::ok(&json!([{"id": 1, "name": "Owners", "description": "", "permission": "owner"}]))
}
