//! What an agent may do in a while: its requests, its pushes, and the bytes it pushes.
//!
//! ```text
//!  authenticate ─► request ─► … ─► authorize ─► charge ─► forward ─┬─ let through: kept
//!                  one, of       takes push and bytes,             └─ refused by the gateway: given back
//!                  whoever       all or none
//! ```
//!
//! What is taken is taken under one lock, before anything is done with it, so no number of requests at once gets more than
//! the limit. What the gateway refuses costs one request and nothing else. A request of an agent without limits asks
//! nothing here.

mod allowance;
mod charge;
mod cost;
mod keeping;
mod shortage;
mod spent;
mod terms;
#[cfg(test)]
mod tests;
mod text;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gogs_spanner_capability::{AgentName, Reason};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use self::allowance::{Allowance, Wait};
use self::{
    allowance::Taking,
    shortage::{refuse, shortages},
    spent::Spent,
};
pub use self::{
    charge::Charge,
    cost::Cost,
    terms::{AgentLimits, Limit, Limited, Period},
};
use crate::{authorize::policy::AgentPolicy, clock::SharedClock, refuse::Refusal, store::Spendings};

/// How one limit of an agent stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Remaining {
    /// The limit, as it is written: `600/m`.
    pub limit: String,
    /// How much may be done at once.
    pub remaining: u64,
    /// In how many seconds all of it is there again, if nothing is done meanwhile.
    pub resets_in: u64,
}

/// What every agent has spent.
pub struct Limits {
    clock: SharedClock,
    store: Arc<dyn Spendings>,
    spent: Mutex<Spent>,
}

impl Limits {
    /// Counts one request of an agent that was verified, or refuses it.
    pub fn request(&self, agent: &AgentPolicy) -> Result<(), Refusal> {
        self.take(agent, Cost::REQUEST).map(drop)
    }

    /// Takes what something costs, all of it or nothing, until it is known whether it comes to pass.
    pub fn charge(self: &Arc<Self>, agent: &AgentPolicy, cost: Cost) -> Result<Charge, Refusal> {
        Ok(Charge::new(self, &agent.name, self.take(agent, cost)?))
    }

    /// Whether so much could be taken now; nothing is.
    pub fn foresee(&self, agent: &AgentPolicy, cost: Cost) -> Result<(), Refusal> {
        self.foresee_after(agent, Cost::default(), cost)
    }

    /// Whether so much could be taken once something else was taken before it; nothing is.
    pub fn foresee_after(&self, agent: &AgentPolicy, before: Cost, cost: Cost) -> Result<(), Refusal> {
        let now = self.clock.now();
        let mut spent = self.spent();
        let then = |limited, limit| {
            let mut allowance = spent.look(agent, limited, limit, now);
            allowance.take(before.of(limited));
            allowance
        };
        refuse(shortages(&agent.limits, cost, then))
    }

    /// The refusal of something that turned out to cost so much.
    pub fn too_much(&self, agent: &AgentPolicy, cost: Cost) -> Refusal {
        // While it was found out, enough may have come back.
        let by_now = || {
            let hint = "try again now: enough has come back meanwhile";
            Refusal::new(Reason::LimitReached).because(Limited::PushBytes.used_up()).hint(hint).retry(1)
        };
        self.foresee(agent, cost).err().unwrap_or_else(by_now)
    }

    /// How much of one limit is left now; `None`: there is no such limit.
    pub fn left(&self, agent: &AgentPolicy, limited: Limited) -> Option<u64> {
        let limit = agent.limits.of(limited)?;
        Some(self.spent().look(agent, limited, limit, self.clock.now()).remaining())
    }

    /// How each limit of the agent stands; nothing is taken.
    pub fn remaining(&self, agent: &AgentPolicy) -> Vec<(Limited, Remaining)> {
        let now = self.clock.now();
        let mut spent = self.spent();
        let stands = |(limited, limit): (Limited, Limit)| {
            let allowance = spent.look(agent, limited, limit, now);
            let remaining = Remaining {
                limit: limit.written(limited),
                remaining: allowance.remaining(),
                resets_in: allowance.whole_in(),
            };
            (limited, remaining)
        };
        agent.limits.each().map(stands).collect()
    }

    fn take(&self, agent: &AgentPolicy, cost: Cost) -> Result<Vec<(Limited, Taking)>, Refusal> {
        if agent.limits == AgentLimits::default() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let mut spent = self.spent();
        refuse(shortages(&agent.limits, cost, |limited, limit| spent.look(agent, limited, limit, now)))?;
        Ok(spent.take(agent, cost, now))
    }

    fn give_back(&self, agent: &AgentName, taken: &[(Limited, Taking)]) {
        let now = self.clock.now();
        self.spent().give_back(agent, taken, now);
    }

    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("allowances", &self.spent().allowances.len()).finish_non_exhaustive()
    }
}
