//! One gateway's key, one token with rights on `acme/*`, and short ways to say effects.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gogs_spanner_capability::{
    Action, AgentName, Effect, RefName, RepositoryName, Right, Rights, TreePath,
    pattern::{Pattern, Patterns},
    token::{Circumstances, Claims, PublicKeys, Rejection, SigningKey, TokenText, Verified, mint, verify},
};
use jiff::Timestamp;

pub(crate) const SERVICE: &str = "https://agents.example.com";

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("a time")
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_bytes(7, &[42; 32])
}

pub(crate) fn keys() -> PublicKeys {
    [key().public()].into_iter().collect()
}

pub(crate) fn set<P: Pattern>(patterns: &[&str]) -> Patterns<P> {
    Patterns::new(patterns.iter().map(|text| text.parse().expect("a pattern"))).expect("one at least")
}

pub(crate) fn right(repositories: &[&str], actions: &[Action], refs: &[&str], paths: &[&str]) -> Right {
    Right { refs: set(refs), paths: set(paths), ..Right::on(set(repositories), actions.iter().copied().collect()) }
}

pub(crate) fn claims_with(rights: Vec<Right>) -> Claims {
    Claims {
        agent: AgentName::parse("docs-writer").expect("a name"),
        nonce: "01JDXN".to_owned(),
        issuer: "https://idp.example.com".to_owned(),
        user: Some("alice@example.com".to_owned()),
        issued: at(0),
        max_depth: 3,
        rights: Rights(rights),
        service: SERVICE.to_owned(),
        expires: at(900),
    }
}

/// May do everything in `acme/*`.
pub(crate) fn claims() -> Claims {
    claims_with(vec![right(&["acme/*"], Action::ALL, &["**"], &["**"])])
}

pub(crate) fn minted() -> TokenText {
    mint(&key(), &claims()).expect("a token")
}

pub(crate) fn verified(token: &TokenText) -> Result<Verified, Rejection> {
    verify(&keys(), token, &|_| false)
}

pub(crate) fn now() -> Circumstances<'static> {
    Circumstances { time: at(60), service: SERVICE, client: Some([192, 0, 2, 1].into()) }
}

pub(crate) fn web() -> RepositoryName {
    RepositoryName::parse("acme/web").expect("a name")
}

pub(crate) fn branch(name: &str) -> RefName {
    RefName::for_branch(name).expect("a branch")
}

pub(crate) fn paths(texts: &[&str]) -> Vec<TreePath> {
    texts.iter().map(|text| TreePath::parse(text).expect("a path")).collect()
}

pub(crate) fn on_web(action: Action) -> Effect {
    Effect::on_repository(action, &web())
}

/// The text of any bytes, as a hostile holder would write it.
pub(crate) fn text_of(bytes: &[u8]) -> TokenText {
    let whole = [bytes, &crc32fast::hash(bytes).to_be_bytes()].concat();
    TokenText::parse(&format!("gsp_{}", URL_SAFE_NO_PAD.encode(whole))).expect("a token's text")
}
