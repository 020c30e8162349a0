//! Today's policy: what each agent may do at most, and which proofs make somebody that agent. Compiled once from the
//! configuration, so that a decision reads only the agent's own rules.

mod compile;
mod key;
mod lending;
mod shared;
mod trust;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use gogs_spanner_capability::{AgentName, Rights};

use crate::limit::AgentLimits;

pub use self::{
    key::{AgentKey, KeyError},
    lending::{Lending, Lent, Members},
    trust::{Condition, Glob, TrustRule},
};

/// What every agent may do, under one epoch.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Counts the policies this gateway has followed; part of every cache key.
    pub epoch: u64,
    agents: BTreeMap<AgentName, Arc<AgentPolicy>>,
    people: PeoplePolicy,
}

/// What is asked of people.
#[derive(Debug, Clone, Default)]
pub struct PeoplePolicy {
    /// The issuer that yields them, as in `iss`; none where none does.
    pub issuer: Option<String>,
    /// The claims some group speaks of.
    pub claims: BTreeSet<String>,
    /// Who is in some group.
    pub groups: Vec<Members>,
}

/// One agent's rules.
#[derive(Debug, Clone)]
pub struct AgentPolicy {
    /// Its name.
    pub name: AgentName,
    /// Who answers for it.
    pub owner: String,
    /// The roles it was granted, by name.
    pub roles: Vec<String>,
    /// The most it may do.
    pub rights: Rights,
    /// The proofs of issuers that make somebody this agent; any one is enough.
    pub trust: Vec<TrustRule>,
    /// The keys whose holder is this agent.
    pub keys: Vec<AgentKey>,
    /// How often and how much it may.
    pub limits: AgentLimits,
    /// The groups that may lend to it, and what.
    pub lenders: Vec<Lending>,
}

impl Policy {
    /// The rules of one agent.
    pub fn agent(&self, name: &AgentName) -> Option<Arc<AgentPolicy>> {
        self.agents.get(name).cloned()
    }

    /// Every agent, by name.
    pub fn agents(&self) -> impl Iterator<Item = &Arc<AgentPolicy>> {
        self.agents.values()
    }

    /// The same, with people.
    #[must_use]
    pub fn with_people(self, people: PeoplePolicy) -> Self {
        Self { people, ..self }
    }

    /// What is asked of people.
    pub const fn people(&self) -> &PeoplePolicy {
        &self.people
    }
}

impl FromIterator<AgentPolicy> for Policy {
    fn from_iter<I: IntoIterator<Item = AgentPolicy>>(agents: I) -> Self {
        let agents = agents.into_iter().map(|agent| (agent.name.clone(), Arc::new(agent))).collect();
        Self { epoch: 0, agents, people: PeoplePolicy::default() }
    }
}

/// The policy in force, replaced as a whole.
#[derive(Debug)]
pub struct CurrentPolicy {
    policy: ArcSwap<Policy>,
    epochs: AtomicU64,
}

impl CurrentPolicy {
    /// Starts with a policy, under epoch 1.
    pub fn new(policy: Policy) -> Self {
        Self { policy: ArcSwap::from_pointee(Policy { epoch: 1, ..policy }), epochs: AtomicU64::new(1) }
    }

    /// The policy as of now; a request takes it once.
    pub fn load(&self) -> Arc<Policy> {
        self.policy.load_full()
    }

    /// Puts another policy in force under an epoch no policy had before, which it returns.
    pub fn replace(&self, policy: Policy) -> u64 {
        let epoch = self.epochs.fetch_add(1, Ordering::Relaxed) + 1;
        self.policy.store(Arc::new(Policy { epoch, ..policy }));
        epoch
    }
}

#[cfg(test)]
mod tests;
