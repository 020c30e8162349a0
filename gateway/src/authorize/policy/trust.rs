//! Trust rules: which claims of a proof make somebody an agent. Conditions speak of whole values.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A proof of `issuer` for which every condition holds is the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustRule {
    /// The issuer's name in the configuration.
    pub issuer: String,
    /// What each of these claims must say; never empty.
    pub claims: Vec<(String, Condition)>,
}

/// What one claim must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Exactly this value, of this type.
    Exact(Value),
    /// One of these texts; of a claim that is a list, one of its members.
    AnyOf(BTreeSet<String>),
    /// A text of this shape.
    Glob(Glob),
}

/// A text in which `*` stands for any characters but `/` and `:`, which separate the parts of such claims as
/// `repo:acme/web:ref:refs/heads/main`: a `*` for the repository must not reach into the ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(String);

impl TrustRule {
    /// Whether a proof with these claims is the agent's. A claim that is missing holds nothing.
    pub fn holds(&self, claims: &Map<String, Value>) -> bool {
        !self.claims.is_empty()
            && self
                .claims
                .iter()
                .all(|(claim, condition)| claims.get(claim).is_some_and(|value| condition.holds(value)))
    }
}

impl Condition {
    /// Whether the claim's value is what the condition says.
    pub fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Exact(expected), value) => expected == value,
            (Self::AnyOf(set), Value::String(text)) => set.contains(text),
            (Self::AnyOf(set), Value::Array(members)) => {
                members.iter().filter_map(Value::as_str).any(|text| set.contains(text))
            }
            (Self::Glob(glob), Value::String(text)) => glob.matches(text),
            (Self::AnyOf(_) | Self::Glob(_), _) => false,
        }
    }

    /// Whether it names its values, so that nobody else can come to fit it later.
    pub(super) const fn is_literal(&self) -> bool {
        matches!(self, Self::Exact(_) | Self::AnyOf(_))
    }
}

impl Glob {
    /// Takes the text as a glob.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether the whole of `text` has this shape.
    pub fn matches(&self, text: &str) -> bool {
        matches(self.0.as_bytes(), text.as_bytes())
    }

    /// Whether it says nothing but where the separators are.
    pub(super) fn says_nothing(&self) -> bool {
        self.0.chars().all(|c| "*/:".contains(c))
    }
}

/// Wildcard matching with one point to come back to: a `*` before the last one never has to grow again, and none can
/// grow over a separator.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (None, None) => return true,
            (Some(b'*'), _) => {
                p += 1;
                star = Some((p, t));
            }
            (Some(expected), Some(byte)) if expected == byte => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((after, from)) if text.get(from).is_some_and(|byte| !b"/:".contains(byte)) => {
                    (p, t) = (after, from + 1);
                    star = Some((after, from + 1));
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(claims: &[(&str, Condition)]) -> TrustRule {
        let claims = claims.iter().map(|(claim, condition)| ((*claim).to_owned(), condition.clone())).collect();
        TrustRule { issuer: "okta".to_owned(), claims }
    }

    fn holds(rule: &TrustRule, claims: &Value) -> bool {
        rule.holds(claims.as_object().expect("claims are an object"))
    }

    #[test]
    fn a_star_crosses_neither_slash_nor_colon() {
        let glob = Glob::new("repo:acme/*:ref:refs/heads/*");
        assert!(glob.matches("repo:acme/web:ref:refs/heads/main"));
        assert!(glob.matches("repo:acme/:ref:refs/heads/"));
        for other in [
            "repo:acme/web:ref:refs/heads/a/b",
            "repo:acme/web:environment:x:ref:refs/heads/main",
            "repo:acme/web:ref:refs/heads/main:x",
            "xrepo:acme/web:ref:refs/heads/main",
            "repo:evil/web:ref:refs/heads/main",
        ] {
            assert!(!glob.matches(other), "{other}");
        }
        assert!(Glob::new("*-ci-*").matches("acme-ci-ci-web"));
        assert!(!Glob::new("a*b").matches("a/b"));
    }

    #[test]
    fn every_condition_must_hold_and_a_missing_claim_holds_nothing() {
        let bots = Condition::AnyOf(BTreeSet::from(["docs-bots".to_owned()]));
        let rule = rule(&[("sub", Condition::Exact(json!("0oa1"))), ("groups", bots)]);
        assert!(holds(&rule, &json!({ "sub": "0oa1", "groups": ["x", "docs-bots"] })));
        assert!(holds(&rule, &json!({ "sub": "0oa1", "groups": "docs-bots" })));
        assert!(!holds(&rule, &json!({ "sub": "0oa1" })));
        assert!(!holds(&rule, &json!({ "sub": ["0oa1"], "groups": ["docs-bots"] })));
        assert!(!holds(&rule, &json!({ "sub": "0oa1", "groups": [["docs-bots"]] })));
    }

    #[test]
    fn a_value_of_another_type_is_another_value() {
        let exact = rule(&[("email_verified", Condition::Exact(json!(true)))]);
        assert!(holds(&exact, &json!({ "email_verified": true })));
        assert!(!holds(&exact, &json!({ "email_verified": "true" })));
        assert!(!rule(&[]).holds(&Map::new()));
    }
}
