//! From what is written to what is followed. What could never do anything, or would do more than it says, is refused.

mod grants;
mod lending;
mod proofs;

use std::{collections::BTreeMap, ops::Range};

use super::{AgentPolicy, Policy};
use crate::{
    config::{Agent, Complaint, Config, ConfigError, Group, Issuer, Role},
    limit::AgentLimits,
};

/// A complaint and where it belongs.
struct Misfit {
    span: Range<usize>,
    complaint: Complaint,
}

impl Misfit {
    fn new(span: &Range<usize>, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { span: span.clone(), complaint: Complaint::new(what, mend) }
    }
}

/// What agents refer to, by name.
struct Names<'a> {
    roles: BTreeMap<&'a str, &'a Role>,
    issuers: BTreeMap<&'a str, &'a Issuer>,
    groups: BTreeMap<&'a str, &'a Group>,
}

impl Policy {
    /// Compiles the policy of a configuration.
    pub fn compile(config: &Config) -> Result<Self, ConfigError> {
        compile(config).map_err(|misfit| config.source.complain(&misfit.span, misfit.complaint))
    }
}

fn compile(config: &Config) -> Result<Policy, Misfit> {
    let names = Names {
        roles: config.roles.iter().map(|role| (role.name.as_str(), role)).collect(),
        issuers: config.issuers.iter().map(|issuer| (issuer.name.as_str(), issuer)).collect(),
        groups: config.groups.iter().map(|group| (group.name.as_str(), group)).collect(),
    };
    config.roles.iter().try_for_each(grants::check_role)?;
    proofs::refuse_shared_keys(&config.agents)?;
    let people = names.people(config)?;
    let agents: Policy = config.agents.iter().map(|agent| names.agent(agent)).collect::<Result<_, _>>()?;
    Ok(agents.with_people(people))
}

impl Names<'_> {
    fn agent(&self, agent: &Agent) -> Result<AgentPolicy, Misfit> {
        let trust = self.trust(agent)?;
        let keys = proofs::keys(agent)?;
        if trust.is_empty() && keys.is_empty() && agent.lend_to.is_empty() {
            let mend = "give it `keys`, `trust` in an issuer's proofs, or people who `lend_to` it";
            return Err(Misfit::new(agent.name.span(), "nobody can ever be this agent", mend));
        }
        let rights = self.rights(agent)?;
        let lenders = self.lenders(agent, &rights)?;
        Ok(AgentPolicy {
            name: (*agent.name).clone(),
            owner: agent.owner.clone(),
            roles: roles(agent),
            rights,
            trust,
            keys,
            limits: limits(agent)?,
            lenders,
        })
    }
}

/// Each once, in the order they are written in.
fn roles(agent: &Agent) -> Vec<String> {
    let mut roles: Vec<String> = Vec::new();
    for grant in &agent.grants {
        if !roles.contains(&grant.role) {
            roles.push((*grant.role).clone());
        }
    }
    roles
}

fn limits(agent: &Agent) -> Result<AgentLimits, Misfit> {
    let Some(written) = &agent.limits else { return Ok(AgentLimits::default()) };
    let limits = written.each();
    if limits == AgentLimits::default() {
        let mend = "write `requests`, `pushes` or `push_bytes` in it, or take it out";
        return Err(Misfit::new(agent.name.span(), "this agent's `limits` limit nothing", mend));
    }
    Ok(limits)
}
