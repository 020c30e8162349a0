//! How many refusals of one agent by itself, of one agent for one person, or of one person who asks for none she may have,
//! are written down one by one (design §10): a verified token must not fill the disk by asking for what it may not have, and
//! whom an agent is lent little by must not hide what it does for the others.
//!
//! A token narrowed n times draws on its agent's n-th budget. Whoever was handed a narrowed token can only narrow it on, so
//! he cannot use up what the one who handed it out draws on. The number is what is asked, not the token's id: holders
//! narrow without asking anybody, and a budget for each id would be as many budgets as they like.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

use super::record::Doer;

/// Refusals an agent may have at once: what a busy one meets when its policy has just been narrowed.
pub(super) const MOST: u32 = 600;
/// How soon one more is free again: 600 a minute, which is also as many as anybody reads.
const ONE_EVERY_MILLISECONDS: i64 = 100;

/// What each doer's tokens have left, by how many times they were narrowed. Only a verified token names an agent, and has no
/// more than [`MAX_BLOCKS`] blocks after its authority; only who is known at the identity provider is a person: that bounds
/// the entries.
///
/// [`MAX_BLOCKS`]: gogs_spanner_capability::token::MAX_BLOCKS
#[derive(Debug, Default)]
pub(super) struct Budget(Mutex<HashMap<(Doer, usize), Left>>);

#[derive(Debug, Clone, Copy)]
struct Left {
    refusals: u32,
    /// Up to when what came free again was given back.
    counted: Timestamp,
}

impl Budget {
    /// Takes one of the refusals of the doer's tokens that were narrowed so many times, if one is left.
    pub(super) fn take(&self, of: &Doer, narrowed: usize, now: Timestamp) -> bool {
        let mut budget = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = budget.entry((of.clone(), narrowed)).or_insert(Left { refusals: MOST, counted: now });
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
    use gogs_spanner_capability::AgentName;
    use jiff::SignedDuration;

    use super::*;
    use crate::store::Holder;

    fn agent(name: &str) -> Doer {
        Doer { agent: Some(AgentName::parse(name).expect("a name")), person: None }
    }

    fn person(name: &str) -> Doer {
        Doer { agent: None, person: Some(Holder::person(name)) }
    }

    #[test]
    fn each_agent_has_its_own_for_each_person_and_gets_it_back_in_time() {
        let (budget, now) = (Budget::default(), Timestamp::UNIX_EPOCH);
        let [one, other] = ["one", "other"].map(agent);
        let taken = |doer: &Doer, at: Timestamp| (0..2 * MOST).filter(|_| budget.take(doer, 0, at)).count();
        assert_eq!(taken(&one, now), MOST as usize);
        assert_eq!(taken(&other, now), MOST as usize, "another agent's is its own");
        assert_eq!(taken(&person("one"), now), MOST as usize, "and so is a person's");
        for name in ["alice", "bob"] {
            let lent = Doer { person: person(name).person, ..one.clone() };
            assert_eq!(taken(&lent, now), MOST as usize, "and so is what the agent does for {name}");
        }
        assert_eq!(taken(&one, now + SignedDuration::from_secs(1)), 10);
        assert_eq!(taken(&one, now - SignedDuration::from_secs(60)), 0, "a clock that goes back gives nothing");
        assert_eq!(taken(&one, now + SignedDuration::from_hours(1)), MOST as usize, "and never more than the most");
    }

    #[test]
    fn a_narrowed_token_does_not_use_up_what_is_its_parents() {
        let (budget, now) = (Budget::default(), Timestamp::UNIX_EPOCH);
        let agent = agent("one");
        while budget.take(&agent, 2, now) {}
        while budget.take(&agent, 3, now) {}
        assert!([0, 1].iter().all(|narrowed| budget.take(&agent, *narrowed, now)), "those above write on");
        assert!(!budget.take(&agent, 2, now), "however many tokens are narrowed alike, theirs is one budget");
        assert_eq!(budget.0.lock().expect("a map").len(), 4, "a token costs no entry of its own");
    }
}
