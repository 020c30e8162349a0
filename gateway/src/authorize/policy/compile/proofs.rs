//! Who may become an agent: keys, and trust in issuers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    super::{AgentKey, Condition, Glob, KeyError, TrustRule, shared::shared},
    Misfit, Names,
};
use crate::config::{Agent, Issuer, Trust, claims::WrittenCondition, key::WrittenKey};

/// Claims the gateway checks by itself, and which say nothing of who somebody is.
pub(super) const SAY_NOT_WHO: &[&str] = &["iss", "aud", "exp", "nbf", "iat", "jti"];

/// The keys of an agent.
pub(super) fn keys(agent: &Agent) -> Result<Vec<AgentKey>, Misfit> {
    agent.keys.iter().map(key).collect()
}

/// Refuses a key that two agents have, or one has twice: its holder would be two.
pub(super) fn refuse_shared_keys(agents: &[Agent]) -> Result<(), Misfit> {
    let mut seen = BTreeSet::new();
    for written in agents.iter().flat_map(|agent| &agent.keys) {
        if !seen.insert(*key(written)?.bytes()) {
            let mend = "make a key for each agent: `spanner agent add` does";
            return Err(Misfit::new(written.span(), "this key is registered twice", mend));
        }
    }
    Ok(())
}

fn key(written: &WrittenKey) -> Result<AgentKey, Misfit> {
    let text = written.text().map_err(|complaint| Misfit { span: written.span().clone(), complaint })?;
    AgentKey::parse(&text).map_err(|error| {
        let mend = match error {
            KeyError::Private => "write the public half, and make a new key: this one has been seen",
            KeyError::NotEd25519 | KeyError::Unreadable => {
                "make one with `ssh-keygen -t ed25519` and write its .pub line"
            }
        };
        Misfit::new(written.span(), error.to_string(), mend)
    })
}

impl Names<'_> {
    /// The trust rules of an agent.
    pub(super) fn trust(&self, agent: &Agent) -> Result<Vec<TrustRule>, Misfit> {
        let mut rules = Vec::with_capacity(agent.trust.len());
        for written in &agent.trust {
            let rule = self.rule(written)?;
            if rules.contains(&rule) {
                let mend = "take it out: the agent already has this rule";
                return Err(Misfit::new(written.claims.span(), "this rule can never decide anything", mend));
            }
            rules.push(rule);
        }
        Ok(rules)
    }

    fn rule(&self, trust: &Trust) -> Result<TrustRule, Misfit> {
        let issuer = self.issuers.get(trust.issuer.as_str()).ok_or_else(|| {
            Misfit::new(trust.issuer.span(), "there is no issuer of this name", "write the `name` of an `[[issuer]]`")
        })?;
        let complain = |what: String, mend| Misfit::new(trust.claims.span(), what, mend);
        let claims: Vec<_> = trust
            .claims
            .iter()
            .map(|(claim, written)| Ok((claim.to_owned(), condition(claim, written)?)))
            .collect::<Result<_, (String, &str)>>()
            .map_err(|(what, mend)| complain(what, mend))?;
        if claims.iter().all(|(_, condition)| matches!(condition, Condition::Glob(glob) if glob.says_nothing())) {
            return Err(complain(
                "this rule could match everybody at the issuer".to_owned(),
                "name a claim that tells who it is",
            ));
        }
        refuse_unpinned(issuer, trust, &claims)?;
        Ok(TrustRule { issuer: trust.issuer.to_string(), claims })
    }
}

fn condition(claim: &str, written: &WrittenCondition) -> Result<Condition, (String, &'static str)> {
    if SAY_NOT_WHO.contains(&claim) {
        return Err((
            format!("the claim `{claim}` does not tell who somebody is"),
            "take it out; the gateway checks it anyway",
        ));
    }
    match written {
        WrittenCondition::Text(text) if text.is_empty() => {
            Err((format!("the claim `{claim}` is compared with nothing"), "write its value"))
        }
        WrittenCondition::Text(text) if text.contains('*') => Ok(Condition::Glob(Glob::new(text))),
        WrittenCondition::Text(text) => Ok(Condition::Exact(Value::from(text.as_str()))),
        WrittenCondition::Number(number) => Ok(Condition::Exact(Value::from(*number))),
        WrittenCondition::Bool(truth) => Ok(Condition::Exact(Value::from(*truth))),
        WrittenCondition::Any(values)
            if values.is_empty() || values.iter().any(|value| value.is_empty() || value.contains('*')) =>
        {
            Err((
                format!("the values for the claim `{claim}` are not a list of whole values"),
                "list each value; there is no `*` in a list",
            ))
        }
        WrittenCondition::Any(values) => Ok(Condition::AnyOf(values.iter().cloned().collect())),
    }
}

/// An issuer that signs for the whole world must be pinned to a tenant.
fn refuse_unpinned(issuer: &Issuer, trust: &Trust, claims: &[(String, Condition)]) -> Result<(), Misfit> {
    let Some(shared) = shared(issuer.url.url()) else { return Ok(()) };
    let is_pinned = claims
        .iter()
        .any(|(claim, condition)| shared.tenant_claims.contains(&claim.as_str()) && condition.is_literal());
    if is_pinned {
        return Ok(());
    }
    let what = format!("{} signs for everybody, and this rule pins no tenant by something that stays", shared.owner);
    let mend = format!("add one of these claims with its whole value: {}", shared.tenant_claims.join(", "));
    Err(Misfit::new(trust.claims.span(), what, mend))
}
