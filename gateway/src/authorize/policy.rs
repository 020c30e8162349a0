//! Today's rules, compiled.

use gogs_spanner_capability::{AgentName, Rights};

/// What one agent is today.
#[derive(Debug, Clone)]
pub struct AgentPolicy {
    /// Its name.
    pub name: AgentName,
    /// Who answers for it: a person or a team.
    pub owner: String,
    /// The most it may do.
    pub rights: Rights,
}
