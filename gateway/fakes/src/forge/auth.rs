//! Who is asking: the three ways Gogs takes credentials, each on its own doors (`context/auth.go`, `repo/http.go`).

use aws_lc_rs::rand;
use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{core::Core, recorder::Credentials, state::State};

/// A caller the forge knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    pub(super) id: i64,
    pub(super) admin: bool,
    pub(super) by: Means,
}

/// How the caller proved it; most of the API takes only tokens, the tokens route only passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    Token,
    Password,
}

/// The caller of an API route or a page: `token T` (scheme in lower case), or Basic with login and password. A token
/// in Basic means nothing here.
pub(super) fn api(forge: &Core, headers: &HeaderMap) -> Option<Caller> {
    let state = &forge.state();
    let by_proxy = || if forge.manner.believes_proxies { by_proxy_header(state, headers) } else { None };
    by_header_token(state, headers).or_else(by_proxy).or_else(|| {
        let (login, password) = basic(headers)?;
        by_password(state, &login, &password)
    })
}

/// The caller of a Git path: Basic only, tried as login and password, then the login as a token, then the password as
/// a token (`http.go:149-176`).
pub(super) fn git(state: &State, headers: &HeaderMap) -> Option<Caller> {
    let (login, password) = basic(headers)?;
    by_password(state, &login, &password).or_else(|| by_token(state, &login)).or_else(|| by_token(state, &password))
}

/// The caller of an LFS path: as of a Git path, but an empty login is no credential (`lfs/route.go:56`).
pub(super) fn lfs(state: &State, headers: &HeaderMap) -> Option<Caller> {
    let (login, _) = basic(headers)?;
    if login.is_empty() { None } else { git(state, headers) }
}

/// Whose credentials these are on whatever door, for the record.
pub(super) fn any(forge: &Core, headers: &HeaderMap) -> Credentials {
    if !headers.contains_key(AUTHORIZATION) {
        return Credentials::Absent;
    }
    let known = api(forge, headers).or_else(|| git(&forge.state(), headers));
    let Some(caller) = known else { return Credentials::Unknown };
    let state = forge.state();
    let account = state.accounts.get(&caller.id).map(|account| account.name.clone()).unwrap_or_default();
    match caller.by {
        Means::Token => Credentials::Token { account, admin: caller.admin },
        Means::Password => Credentials::Password { account, admin: caller.admin },
    }
}

/// 160 random bits, the length of Gogs's tokens.
pub(super) fn random_hex() -> String {
    let mut bytes = [0; 20];
    rand::fill(&mut bytes).expect("the operating system gives random bytes");
    hex::encode(bytes)
}

fn by_header_token(state: &State, headers: &HeaderMap) -> Option<Caller> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let mut words = value.split_ascii_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some("token"), Some(token), None) => by_token(state, token),
        _ => None,
    }
}

/// Whoever a trusted proxy names; it counts as a password does (`context/auth.go:202-230`).
fn by_proxy_header(state: &State, headers: &HeaderMap) -> Option<Caller> {
    let account = state.account(headers.get("x-webauth-user")?.to_str().ok()?)?;
    Some(Caller { id: account.id, admin: account.admin, by: Means::Password })
}

fn by_token(state: &State, token: &str) -> Option<Caller> {
    let owner = state.account_of_token(token)?;
    Some(Caller { id: owner.id, admin: owner.admin, by: Means::Token })
}

fn by_password(state: &State, login: &str, password: &str) -> Option<Caller> {
    let account = state.account(login).or_else(|| state.account_of_email(login))?;
    account.accepts(password).then_some(Caller { id: account.id, admin: account.admin, by: Means::Password })
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (login, password) = decoded.split_once(':')?;
    Some((login.to_owned(), password.to_owned()))
}
