//! `[[agent]]`: a registered automation, who may become it, and what it may do.

use std::path::Path;

use gogs_spanner_capability::{AgentName, RepositoryPattern};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{claims::Claims, key::WrittenKey, spelling::Written};

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

impl Agent {
    pub(super) fn resolve(&mut self, directory: &Path) {
        for key in &mut self.keys {
            key.resolve(directory);
        }
    }
}
