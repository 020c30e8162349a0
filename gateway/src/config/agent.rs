//! `[[agent]]`: a registered automation, who may become it, and what it may do.

use std::path::Path;

use gogs_spanner_capability::{AgentName, RepositoryPattern};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    claims::Claims,
    key::WrittenKey,
    quantity::{Flow, Rate},
    spelling::Written,
};
use crate::limit::AgentLimits;

/// A registered automation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// Its stable name.
    pub name: Written<AgentName>,
    /// The person or team that answers for it.
    pub owner: String,
    /// Which proofs of issuers may become this agent.
    #[serde(default)]
    pub trust: Vec<Trust>,
    /// Public keys (Ed25519; OpenSSH or PEM) whose holder is this agent.
    #[serde(default)]
    pub keys: Vec<WrittenKey>,
    /// What it may do, and where.
    #[serde(default)]
    pub grants: Vec<Grant>,
    /// The names of the `[[group]]`s whose people may have it act for them, within these grants.
    #[serde(default)]
    pub lend_to: Vec<Written<String>>,
    /// How often and how much it may; what is left out is not limited.
    #[serde(default)]
    pub limits: Option<Limits>,
}

/// So much at once, and in each period from then on.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Requests under its credentials, at any door.
    #[serde(default)]
    pub requests: Option<Written<Rate>>,
    /// Requests that write refs: pushes, and files written through the API.
    #[serde(default)]
    pub pushes: Option<Written<Rate>>,
    /// Bytes of packs, of files written through the API, and of large objects.
    #[serde(default)]
    pub push_bytes: Option<Written<Flow>>,
}

/// A rule: a proof of this issuer with these claims is this agent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// The name of an `[[issuer]]`.
    pub issuer: Written<String>,
    /// What every one of these claims must say.
    pub claims: Claims,
}

/// A role on repositories.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The name of a `[[role]]`.
    pub role: Written<String>,
    /// Where.
    pub repositories: Vec<Written<RepositoryPattern>>,
}

impl Limits {
    /// The limits that are written.
    pub fn each(&self) -> AgentLimits {
        AgentLimits {
            requests: self.requests.as_ref().map(|written| written.0),
            pushes: self.pushes.as_ref().map(|written| written.0),
            push_bytes: self.push_bytes.as_ref().map(|written| written.0),
        }
    }
}

impl Agent {
    pub(super) fn resolve(&mut self, directory: &Path) {
        for key in &mut self.keys {
            key.resolve(directory);
        }
    }
}
