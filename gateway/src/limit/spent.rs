//! What agents have spent, each limit by itself.

use std::collections::{HashMap, HashSet};

use gogs_spanner_capability::AgentName;
use jiff::Timestamp;

use super::{
    Cost, Limit, Limited,
    allowance::{Allowance, Taking},
};
use crate::authorize::policy::AgentPolicy;

/// Only verified agents that policy limits are in here: three entries each, at most.
#[derive(Debug, Default)]
pub(super) struct Spent {
    pub(super) allowances: HashMap<(AgentName, Limited), Allowance>,
    /// What the store has not been told yet.
    pub(super) unsaved: HashSet<(AgentName, Limited)>,
}

impl Spent {
    /// How a limit stands now. What is found is noted: a clock that has gone back, or another limit, counts from here.
    pub(super) fn look(&mut self, agent: &AgentPolicy, limited: Limited, limit: Limit, now: Timestamp) -> Allowance {
        let Some(known) = self.allowances.get_mut(&(agent.name.clone(), limited)) else {
            return Allowance::whole(limit, now);
        };
        *known = known.under(limit, now);
        *known
    }

    /// Takes what is known to be there.
    pub(super) fn take(&mut self, agent: &AgentPolicy, cost: Cost, now: Timestamp) -> Vec<(Limited, Taking)> {
        let limits = agent.limits.each().filter(|(limited, _)| cost.of(*limited) > 0);
        let take = |(limited, limit)| {
            let mut allowance = self.look(agent, limited, limit, now);
            let taking = allowance.take(cost.of(limited));
            let key = (agent.name.clone(), limited);
            self.unsaved.insert(key.clone());
            self.allowances.insert(key, allowance);
            (limited, taking)
        };
        limits.map(take).collect()
    }

    /// Gives back what was taken, as far as it has not come back by itself, under whatever limit there is now.
    pub(super) fn give_back(&mut self, agent: &AgentName, taken: &[(Limited, Taking)], now: Timestamp) {
        for (limited, taking) in taken {
            let key = (agent.clone(), *limited);
            if let Some(known) = self.allowances.get_mut(&key) {
                *known = known.under(known.limit(), now);
                known.give_back(*taking);
                self.unsaved.insert(key);
            }
        }
    }
}
