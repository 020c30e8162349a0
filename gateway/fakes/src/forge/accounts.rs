//! Accounts: who am I, who else is there, and the administrator's making and changing of them.

use axum::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    account::Account,
    answer::{self, Answer, Fault},
    call::Call,
    describe, repositories,
};

/// Names that would shadow a path (`users.go:1468`); the few that matter to anybody here.
const RESERVED: [&str; 10] = ["-", ".", "..", "admin", "api", "explore", "login", "raw", "repo", "user"];
pub(super) const LONGEST_NAME: usize = 35;

#[derive(Deserialize)]
struct NewAccount {
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    full_name: String,
    /// Absent is the empty password, with which one may sign in (`users.go:323`).
    #[serde(default)]
    password: String,
}

/// What is absent is blanked, but for what is optional here (`admin/user.go:81-103`).
#[derive(Deserialize)]
struct Edit {
    #[serde(default)]
    email: String,
    #[serde(default)]
    full_name: String,
    password: Option<String>,
    admin: Option<bool>,
    max_repo_creation: Option<i64>,
}

pub(super) fn myself(call: &Call) -> Answer {
    let state = call.forge.state();
    answer::ok(&describe::account_of(&call.forge, &state, call.caller.id))
}

pub(super) fn emails(call: &Call) -> Answer {
    let state = call.forge.state();
    let email = state.accounts.get(&call.caller.id).map(|account| account.email.clone());
    answer::ok(&json!([{"email": email, "verified": true, "primary": true}]))
}

pub(super) fn keys(call: &Call) -> Answer {
    let state = call.forge.state();
    let keys = state.accounts.get(&call.caller.id).map(|account| account.keys.clone()).unwrap_or_default();
    let described =
        keys.iter().zip(1..).map(|(title, id)| json!({"id": id, "title": title, "key": "ssh-ed25519 AAAA"}));
    answer::ok(&Value::Array(described.collect()))
}

pub(super) fn get(call: &Call, name: &str) -> Answer {
    let state = call.forge.state();
    let account = state.account(name).ok_or(Fault::NOT_FOUND)?;
    answer::ok(&describe::account(&call.forge, account))
}

pub(super) fn search(call: &Call) -> Answer {
    let wanted = call.query("q").unwrap_or_default().to_lowercase();
    let limit = call.number("limit").filter(|limit| *limit > 0).unwrap_or(10);
    let state = call.forge.state();
    let matches = |account: &&Account| {
        let names = [&account.name, &account.full_name];
        !account.is_organization() && names.iter().any(|name| name.to_lowercase().contains(&wanted))
    };
    let found = state.accounts.values().filter(matches).take(limit).map(|account| {
        let mut row = describe::account(&call.forge, account);
        // The search fills in everything but this (recorded).
        row["login"] = json!("");
        row
    });
    answer::ok(&json!({"data": found.collect::<Vec<Value>>(), "ok": true}))
}

/// `/admin/…`: any kind of login will do, as long as it is a site administrator's (`api.go:128`).
pub(super) async fn administer(call: &Call, path: &[&str]) -> Answer {
    if !call.caller.admin {
        return Err(Fault::FORBIDDEN);
    }
    match (&call.method, path) {
        (&Method::POST, ["users"]) => create(call),
        (&Method::PATCH, ["users", name]) => edit(call, name),
        (&Method::DELETE, ["users", name]) => delete(call, name),
        (&Method::POST, ["users", name, "repos"]) => repositories::create_for(call, name).await,
        _ => Err(Fault::NoRoute),
    }
}

fn create(call: &Call) -> Answer {
    let form: NewAccount = call.json()?;
    check_form(&form.username, &form.email)?;
    let mut state = call.forge.state();
    let (name, email) = (&form.username, &form.email);
    check_name(name)?;
    if state.account(name).is_some() {
        return Err(Fault::unprocessable(format!("user already exists: map[name:{name}]")));
    }
    if state.account_of_email(email).is_some() {
        return Err(Fault::unprocessable(format!("email has been used: map[email:{email}]")));
    }
    let account = state.add_account(Account::user(name, email, &form.full_name, &form.password));
    answer::created(&describe::account(&call.forge, &account))
}

fn edit(call: &Call, name: &str) -> Answer {
    let form: Edit = call.json()?;
    if form.email.is_empty() {
        return Err(Fault::Invalid { field: "Email", rule: "Required" });
    }
    let mut state = call.forge.state();
    let id = state.account(name).ok_or(Fault::NOT_FOUND)?.id;
    let account = state.accounts.get_mut(&id).ok_or(Fault::NOT_FOUND)?;
    account.email = form.email;
    account.full_name = form.full_name;
    account.admin = form.admin.unwrap_or(account.admin);
    account.max_repositories = form.max_repo_creation.unwrap_or(account.max_repositories);
    if let Some(password) = form.password.filter(|password| !password.is_empty()) {
        account.set_password(&password);
    }
    answer::ok(&describe::account(&call.forge, account))
}

fn delete(call: &Call, name: &str) -> Answer {
    let mut state = call.forge.state();
    let id = state.account(name).ok_or(Fault::NOT_FOUND)?.id;
    if state.repositories.values().any(|repository| repository.owner == id) {
        return Err(Fault::unprocessable(format!("user still has ownership of repositories: map[userID:{id}]")));
    }
    if state.accounts.values().any(|account| account.is_organization() && account.is_owned_by(id)) {
        return Err(Fault::unprocessable(format!("user still has membership of organizations: map[userID:{id}]")));
    }
    state.remove_account(id);
    answer::no_content()
}

fn check_form(name: &str, email: &str) -> Result<(), Fault> {
    if email.is_empty() {
        return Err(Fault::Invalid { field: "Email", rule: "Required" });
    }
    check_letters("Username", name, LONGEST_NAME)
}

/// What the binding of a form demands of any name (`AlphaDashDot`).
pub(super) fn check_letters(field: &'static str, name: &str, longest: usize) -> Result<(), Fault> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match name {
        "" => Err(Fault::Invalid { field, rule: "Required" }),
        _ if !name.bytes().all(allowed) => Err(Fault::Invalid { field, rule: "AlphaDashDot" }),
        _ if name.len() > longest => Err(Fault::Invalid { field, rule: "MaxSize" }),
        _ => Ok(()),
    }
}

/// Whether an account may be called this.
pub(super) fn check_name(name: &str) -> Result<(), Fault> {
    let lower = name.to_lowercase();
    if RESERVED.contains(&lower.as_str()) {
        return Err(Fault::unprocessable(format!("name is not allowed: map[name:{name} reason:reserved]")));
    }
    if lower.rsplit_once('.').is_some_and(|(_, suffix)| suffix == "keys") {
        return Err(Fault::unprocessable(format!("name is not allowed: map[pattern:*.keys reason:{name}]")));
    }
    Ok(())
}
