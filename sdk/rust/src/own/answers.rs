//! What the gateway's own API answers. Members this library does not know are passed over, and so are actions.

use std::collections::BTreeMap;

use gogs_spanner_capability::{Action, Actions, EffectiveRight};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

/// Who holds a token, and what it may do now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Whoami {
    /// The agent.
    pub agent: String,
    /// Who answers for it.
    pub owner: String,
    /// The person it acts for.
    pub on_behalf_of: Option<String>,
    /// The token's revocation id.
    pub token: String,
    /// Whose proof the token was given for.
    pub issuer: String,
    /// When the token was minted.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// Seconds until then, by the gateway's clock.
    pub expires_in: i64,
    /// How many times it was narrowed.
    pub narrowed: usize,
    /// How many times it can still be narrowed.
    pub depth_left: usize,
    /// Whom its holders say it was handed to.
    pub delegates: Vec<String>,
    /// What it may do on repositories: a union.
    #[serde(deserialize_with = "rights")]
    pub rights: Vec<EffectiveRight>,
    /// What it may do beyond repositories.
    #[serde(deserialize_with = "actions")]
    pub elsewhere: Actions,
    /// How each limit of the agent stands, by its name; what is not listed is not limited.
    pub limits: BTreeMap<String, LimitStanding>,
}

/// How a limit stands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct LimitStanding {
    /// As it is written: `600/m`.
    pub limit: String,
    /// How many requests, pushes or bytes there may be at once.
    pub remaining: u64,
    /// Seconds until all of it is there again.
    pub resets_in: u64,
}

#[derive(Deserialize)]
pub(super) struct Decisions {
    pub(super) decisions: Vec<Decision>,
}

/// What would be decided of an effect.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// Whether it would be let through.
    pub outcome: Outcome,
    /// The stable code of why not. A text, for a newer gateway may know more than this library.
    pub reason: Option<String>,
    /// Why not, in the caller's terms.
    pub detail: Option<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// The same as one word, `wait`; see [`Next`](gogs_spanner_capability::Next).
    pub next: Option<String>,
    /// Seconds after which the answer may be another; `None`: not by waiting.
    pub retry: Option<u32>,
    /// The paths that stand in the way, a line each.
    #[serde(default)]
    pub findings: Vec<String>,
}

/// The answer in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It would be let through.
    Permit,
    /// It would be refused.
    Refuse,
    /// It cannot be said before it is tried.
    #[serde(other)]
    Unknown,
}

impl Decision {
    /// Whether it would be let through.
    pub const fn is_permitted(&self) -> bool {
        matches!(self.outcome, Outcome::Permit)
    }
}

fn actions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Actions, D::Error> {
    Ok(known(&Vec::<String>::deserialize(deserializer)?))
}

/// The rights to actions that are known here.
fn rights<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<EffectiveRight>, D::Error> {
    let told = Vec::<Value>::deserialize(deserializer)?;
    let right = |mut right: Value| {
        let actions = known(&serde_json::from_value::<Vec<_>>(right["actions"].take())?);
        right["actions"] = serde_json::to_value(&actions)?;
        if actions.is_empty() { Ok(None) } else { serde_json::from_value(right).map(Some) }
    };
    told.into_iter()
        .filter_map(|one| right(one).transpose())
        .collect::<serde_json::Result<_>>()
        .map_err(D::Error::custom)
}

fn known(names: &[String]) -> Actions {
    names.iter().filter_map(|name| name.parse::<Action>().ok()).collect()
}
