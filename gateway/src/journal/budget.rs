//! How many refusals of one agent are written down one by one (design §10): a verified token must not fill the disk by
//! asking for what it may not have.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use gogs_spanner_capability::AgentName;
use jiff::Timestamp;

/// Refusals an agent may have at once: what a busy one meets when its policy has just been narrowed.
pub(super) const MOST: u32 = 600;
/// How soon one more is free again: 600 a minute, which is also as many as anybody reads.
const ONE_EVERY_MILLISECONDS: i64 = 100;

/// What each agent has left. There are no more entries than agents: only a verified token names one.
#[derive(Debug, Default)]
pub(super) struct Budget(Mutex<HashMap<AgentName, Left>>);

#[derive(Debug, Clone, Copy)]
struct Left {
    refusals: u32,
    /// Up to when what came free again was given back.
    counted: Timestamp,
}

impl Budget {
    /// Takes one of the agent's refusals, if one is left.
    pub(super) fn take(&self, agent: &AgentName, now: Timestamp) -> bool {
        let mut budget = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = budget.entry(agent.clone()).or_insert(Left { refusals: MOST, counted: now });
        left.refill(now);
        let taken = left.refusals.checked_sub(1);
        left.refusals = taken.unwrap_or(0);
        taken.is_some()
    }
}

impl Left {
    /// A clock that goes back gives nothing and takes nothing.
    fn refill(&mut self, now: Timestamp) {
        let free = (now.as_millisecond() - self.counted.as_millisecond()) / ONE_EVERY_MILLISECONDS;
        if free > 0 {
            let free = u32::try_from(free).unwrap_or(MOST);
            *self = Self { refusals: self.refusals.saturating_add(free).min(MOST), counted: now };
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn each_agent_has_its_own_and_gets_it_back_in_time() {
        let (budget, now) = (Budget::default(), Timestamp::UNIX_EPOCH);
        let [one, other] = ["one", "other"].map(|name| AgentName::parse(name).expect("a name"));
        let taken = |agent: &AgentName, at: Timestamp| (0..2 * MOST).filter(|_| budget.take(agent, at)).count();
        assert_eq!(taken(&one, now), MOST as usize);
        assert_eq!(taken(&other, now), MOST as usize, "another agent's is its own");
        assert_eq!(taken(&one, now + SignedDuration::from_secs(1)), 10);
        assert_eq!(taken(&one, now - SignedDuration::from_secs(60)), 0, "a clock that goes back gives nothing");
        assert_eq!(taken(&one, now + SignedDuration::from_hours(1)), MOST as usize, "and never more than the most");
    }
}
