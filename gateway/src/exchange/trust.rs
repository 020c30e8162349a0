//! Which agent a platform's proof is: exactly one, or none.

use std::sync::Arc;

use gogs_spanner_capability::{AgentName, Reason};

use super::issuer::PlatformProof;
use crate::{
    authorize::policy::{AgentPolicy, Policy},
    refuse::Refusal,
};

/// The one agent whose trust rules hold for the proof. Where several do, the caller says which it means: choosing for it
/// would give the rights of whichever stands first.
pub(super) fn agent_of(
    policy: &Policy,
    proof: &PlatformProof<'_>,
    named: Option<&AgentName>,
) -> Result<Arc<AgentPolicy>, Refusal> {
    let trusts = |agent: &&Arc<AgentPolicy>| {
        agent.trust.iter().any(|rule| rule.issuer == proof.issuer && rule.holds(proof.claims.all()))
    };
    let is_meant = |agent: &&Arc<AgentPolicy>| named.is_none_or(|name| *name == agent.name);
    let mut fitting = policy.agents().filter(is_meant).filter(trusts);
    match (fitting.next(), fitting.next()) {
        (Some(agent), None) => Ok(Arc::clone(agent)),
        (None, _) => Err(Refusal::new(Reason::NoTrustRule)),
        (Some(_), Some(_)) => Err(Refusal::new(Reason::AgentAmbiguous)),
    }
}
