//! From what an issuer says to a person.

use std::collections::{BTreeMap, BTreeSet};

use gogs_spanner_capability::Reason;
use serde_json::{Map, Value};

use super::SignInOffice;
use crate::{
    exchange::claims::Claims,
    people::{Identity, Person},
    refuse::Refusal,
    request::Arrival,
};

/// The longest name: an address of e-mail has at most 254 characters (RFC 5321), a subject 255 (OpenID Connect §2).
const NAME_AT_MOST: usize = 255;
/// Values of one claim that are kept; who is in more groups is in those that policy names among the first of them.
const VALUES_AT_MOST: usize = 500;
/// Longer values name no group anybody writes into a configuration.
const VALUE_AT_MOST: usize = 255;

impl SignInOffice {
    /// The person that claims speak of. Her address is her name only where the issuer says that it verified it.
    pub(super) fn person_of(&self, arrival: &Arrival, claims: &Claims) -> Result<Person, Refusal> {
        let subject = claims.text("sub").map_err(|error| unnamed(error.to_string()))?;
        let name = name_of(subject, claims.all())?;
        for text in [subject, &name] {
            if text.len() > NAME_AT_MOST || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
                return Err(unnamed("a name is too long, or has spaces in it"));
            }
        }
        let identity = Identity { issuer: self.provider.issuer().to_owned(), subject: subject.to_owned() };
        let policy = self.policy.load();
        let claims = said(claims.all(), &policy.people().claims);
        Ok(Person { name, identity, claims, seen: arrival.at })
    }
}

/// What she is called: her address where the issuer says that it verified it, else her subject. A subject that looks like an
/// address is no name: it would stand in the register, the trail and the locks as somebody's verified one.
fn name_of(subject: &str, claims: &Map<String, Value>) -> Result<String, Refusal> {
    match verified_email(claims) {
        Some(address) => Ok(address),
        None if subject.contains('@') => Err(unnamed("her subject looks like an address, and none is verified")
            .hint("an operator has the provider send `email` with `email_verified`, or a subject that is no address")),
        None => Ok(subject.to_owned()),
    }
}

/// In lower case of ASCII alone: other letters are folded by no rule that every mail server shares, and `\u{212a}` (Kelvin)
/// would become somebody's `k`.
fn verified_email(claims: &Map<String, Value>) -> Option<String> {
    let is_verified = claims.get("email_verified").and_then(Value::as_bool) == Some(true);
    claims
        .get("email")
        .and_then(Value::as_str)
        .filter(|email| is_verified && email.contains('@'))
        .map(str::to_ascii_lowercase)
}

/// What the claims that groups speak of say: texts, and members of lists that are.
fn said(claims: &Map<String, Value>, spoken_of: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let of = |name: &String| Some((name.clone(), values(claims.get(name)?)));
    spoken_of.iter().filter_map(of).filter(|(_, values)| !values.is_empty()).collect()
}

fn values(value: &Value) -> BTreeSet<String> {
    let several = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let texts = several.iter().filter_map(Value::as_str).filter(|text| text.len() <= VALUE_AT_MOST);
    texts.take(VALUES_AT_MOST).map(str::to_owned).collect()
}

fn unnamed(truth: impl std::fmt::Display) -> Refusal {
    Refusal::new(Reason::CodeNotAccepted).because(format!("what the identity provider says names nobody: {truth}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn an_address_names_her_only_where_it_is_verified() {
        let claims = |verified: Value| object(&json!({ "email": "Alice@Example.com", "email_verified": verified }));
        assert_eq!(verified_email(&claims(json!(true))).as_deref(), Some("alice@example.com"));
        for unverified in [json!(false), json!("true"), json!(1), json!(null)] {
            assert_eq!(verified_email(&claims(unverified)), None);
        }
        assert_eq!(verified_email(&object(&json!({ "email_verified": true }))), None);
    }

    #[test]
    fn a_subject_that_looks_like_an_address_names_nobody_unless_an_address_is_verified() {
        let claims = |verified: bool| object(&json!({ "email": "alice@example.com", "email_verified": verified }));
        assert_eq!(name_of("00u1", &claims(false)).expect("her subject"), "00u1");
        assert_eq!(name_of("mallory@example.com", &claims(true)).expect("her address"), "alice@example.com");
        let refusal = name_of("alice@example.com", &claims(false)).expect_err("it could be anybody's");
        assert_eq!(refusal.reason(), Reason::CodeNotAccepted);
    }

    #[test]
    fn only_ascii_is_folded() {
        let claims = object(&json!({ "email": "\u{212a}ate@Example.com", "email_verified": true }));
        assert_eq!(verified_email(&claims).as_deref(), Some("\u{212a}ate@example.com"));
    }

    #[test]
    fn only_what_groups_speak_of_is_kept_and_only_texts() {
        let claims =
            object(&json!({ "groups": ["a", 1, ["b"], "x".repeat(256)], "role": "dev", "phone": "1", "empty": [] }));
        let spoken_of = ["groups", "role", "empty", "missing"].map(str::to_owned).into();
        let expected =
            [("groups", "a"), ("role", "dev")].map(|(claim, value)| (claim.to_owned(), [value.to_owned()].into()));
        assert_eq!(said(&claims, &spoken_of), expected.into());
    }

    #[test]
    fn no_more_values_are_kept_than_a_register_should_hold() {
        let many: Vec<_> = (0..=VALUES_AT_MOST).map(|n| format!("{n:04}")).collect();
        assert_eq!(values(&json!(many)).len(), VALUES_AT_MOST);
    }
}
