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
        let name = verified_email(claims.all()).unwrap_or_else(|| subject.to_owned());
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

fn verified_email(claims: &Map<String, Value>) -> Option<String> {
    let is_verified = claims.get("email_verified").and_then(Value::as_bool) == Some(true);
    claims
        .get("email")
        .and_then(Value::as_str)
        .filter(|email| is_verified && email.contains('@'))
        .map(str::to_lowercase)
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
