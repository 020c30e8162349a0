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
mod keeping;
#[cfg(test)]
mod tests;
mod text;

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gogs_spanner_capability::{Action, AgentName, Effect, Reason};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use self::allowance::{Allowance, Wait};
pub use self::charge::Charge;
use crate::{authorize::policy::AgentPolicy, clock::SharedClock, refuse::Refusal, store::Spendings};

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limited {
    /// Requests under a credential that was verified, at any door.
    Requests,
    /// Requests that write refs, at any door.
    Pushes,
    /// Bytes of packs, of files written through the API, and of large objects.
    PushBytes,
}

/// So much, in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How much at once, and in each period from then on; above zero.
    pub amount: u64,
    /// The period.
    pub per: Period,
}

/// In how long what is spent has come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// `/s`
    Second,
    /// `/m`
    Minute,
    /// `/h`
    Hour,
    /// `/d`
    Day,
}

/// The limits of one agent, as policy has them; what is left out has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AgentLimits {
    /// On requests.
    pub requests: Option<Limit>,
    /// On pushes.
    pub pushes: Option<Limit>,
    /// On what is pushed.
    pub push_bytes: Option<Limit>,
}

/// What something takes of an agent's limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Requests.
    pub requests: u64,
    /// Pushes.
    pub pushes: u64,
    /// Bytes pushed.
    pub bytes: u64,
}

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

/// Only verified agents that policy limits are in here: three entries each, at most.
#[derive(Debug, Default)]
struct Spent {
    allowances: HashMap<(AgentName, Limited), Allowance>,
    /// What the store has not been told yet.
    unsaved: HashSet<(AgentName, Limited)>,
}

impl Limited {
    /// All of them, in the order they are told in.
    pub const ALL: [Self; 3] = [Self::Requests, Self::Pushes, Self::PushBytes];

    /// The word policy, answers and the store use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Pushes => "pushes",
            Self::PushBytes => "push_bytes",
        }
    }

    /// What the word stands for.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|limited| limited.as_str() == word)
    }
}

impl Period {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Hour, Self::Day];

    /// Its length.
    pub const fn length(self) -> SignedDuration {
        match self {
            Self::Second => SignedDuration::from_secs(1),
            Self::Minute => SignedDuration::from_mins(1),
            Self::Hour => SignedDuration::from_hours(1),
            Self::Day => SignedDuration::from_hours(24),
        }
    }

    /// The letter it is written with.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "m",
            Self::Hour => "h",
            Self::Day => "d",
        }
    }

    /// What the letter stands for.
    pub fn of(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.as_str() == letter)
    }
}

impl AgentLimits {
    /// One of them.
    pub const fn of(&self, limited: Limited) -> Option<Limit> {
        match limited {
            Limited::Requests => self.requests,
            Limited::Pushes => self.pushes,
            Limited::PushBytes => self.push_bytes,
        }
    }

    /// The limits there are.
    pub fn each(&self) -> impl Iterator<Item = (Limited, Limit)> {
        Limited::ALL.into_iter().filter_map(|limited| Some((limited, self.of(limited)?)))
    }
}

impl Cost {
    /// One request.
    pub const REQUEST: Self = Self { requests: 1, pushes: 0, bytes: 0 };
    /// One push, whatever it brings.
    pub const PUSH: Self = Self { requests: 0, pushes: 1, bytes: 0 };

    /// Bytes that are pushed.
    pub const fn bytes(bytes: u64) -> Self {
        Self { requests: 0, pushes: 0, bytes }
    }

    /// What a request with this effect takes at least, the request itself with it.
    pub fn at_least(effect: &Effect) -> Self {
        let push = if writes(effect) { Self::PUSH } else { Self::default() };
        let brings = effect.action.brings_content() || effect.action == Action::LfsWrite;
        Self::REQUEST.and(push).and(Self::bytes(u64::from(brings)))
    }

    /// One push, if any of the effects writes a ref.
    pub fn of_effects(effects: &[Effect]) -> Self {
        if effects.iter().any(writes) { Self::PUSH } else { Self::default() }
    }

    const fn of(&self, limited: Limited) -> u64 {
        match limited {
            Limited::Requests => self.requests,
            Limited::Pushes => self.pushes,
            Limited::PushBytes => self.bytes,
        }
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            pushes: self.pushes + other.pushes,
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// Whether an effect is what a push has: a ref is written, or a wiki's.
fn writes(effect: &Effect) -> bool {
    effect.action.writes_ref() || effect.action == Action::WikiWrite
}

impl Limits {
    /// Counts one request of an agent that was verified, or refuses it.
    pub fn request(&self, agent: &AgentPolicy) -> Result<(), Refusal> {
        self.take(agent, Cost::REQUEST)
    }

    /// Takes what something costs, all of it or nothing, until it is known whether it comes to pass.
    pub fn charge(self: &Arc<Self>, agent: &Arc<AgentPolicy>, cost: Cost) -> Result<Charge, Refusal> {
        self.take(agent, cost)?;
        Ok(Charge::new(self, agent, cost))
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

    fn take(&self, agent: &AgentPolicy, cost: Cost) -> Result<(), Refusal> {
        if agent.limits == AgentLimits::default() {
            return Ok(());
        }
        let now = self.clock.now();
        let mut spent = self.spent();
        refuse(shortages(&agent.limits, cost, |limited, limit| spent.look(agent, limited, limit, now)))?;
        for (limited, limit) in agent.limits.each().filter(|(limited, _)| cost.of(*limited) > 0) {
            spent.change(agent, limited, limit, now, |allowance| allowance.take(cost.of(limited)));
        }
        Ok(())
    }

    fn give_back(&self, agent: &AgentPolicy, cost: Cost) {
        let now = self.clock.now();
        let mut spent = self.spent();
        for (limited, limit) in agent.limits.each().filter(|(limited, _)| cost.of(*limited) > 0) {
            spent.change(agent, limited, limit, now, |allowance| allowance.give_back(cost.of(limited)));
        }
    }

    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spent {
    /// How a limit stands now. What is found is noted: a clock that has gone back, or another limit, counts from here.
    fn look(&mut self, agent: &AgentPolicy, limited: Limited, limit: Limit, now: Timestamp) -> Allowance {
        let Some(known) = self.allowances.get_mut(&(agent.name.clone(), limited)) else {
            return Allowance::whole(limit, now);
        };
        *known = known.under(limit, now);
        *known
    }

    fn change(
        &mut self,
        agent: &AgentPolicy,
        limited: Limited,
        limit: Limit,
        now: Timestamp,
        change: impl FnOnce(&mut Allowance),
    ) {
        let mut allowance = self.look(agent, limited, limit, now);
        change(&mut allowance);
        let key = (agent.name.clone(), limited);
        self.unsaved.insert(key.clone());
        self.allowances.insert(key, allowance);
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("allowances", &self.spent().allowances.len()).finish_non_exhaustive()
    }
}

/// A limit that does not let something be done now.
struct Shortage {
    limited: Limited,
    limit: Limit,
    wait: Wait,
}

fn shortages(
    limits: &AgentLimits,
    cost: Cost,
    mut look: impl FnMut(Limited, Limit) -> Allowance,
) -> impl Iterator<Item = Shortage> {
    limits.each().filter(move |(limited, _)| cost.of(*limited) > 0).filter_map(move |(limited, limit)| {
        let wait = look(limited, limit).wait_for(cost.of(limited))?;
        Some(Shortage { limited, limit, wait })
    })
}

/// Refuses by the limit that is waited for longest, so that whoever comes back then finds no other in the way.
fn refuse(shortages: impl Iterator<Item = Shortage>) -> Result<(), Refusal> {
    shortages.max_by_key(|shortage| shortage.wait).map_or(Ok(()), |shortage| Err(shortage.refusal()))
}

impl Shortage {
    fn refusal(&self) -> Refusal {
        let written = self.limit.written(self.limited);
        match self.wait {
            Wait::Seconds(seconds) => Refusal::new(Reason::LimitReached)
                .because(format!("{}, {written}", self.limited.used_up()))
                .hint(format!("try again in {}", text::duration(seconds)))
                .retry(seconds),
            Wait::Ever => Refusal::new(Reason::TooLarge)
                .because(format!("this is more than the agent may ever push at once, {written}"))
                .hint("push it in smaller parts, or ask the agent's owner for more `push_bytes`"),
        }
    }
}
