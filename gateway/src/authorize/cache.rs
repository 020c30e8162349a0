//! Decisions remembered for a while, such that a remembered answer always equals a fresh one.
//!
//! Everything a decision reads is in the key or bounds its life: the token's exact bytes (by serial), the effect, the
//! client's address where a caveat reads it, the policy by epoch, and time by `from` and `until`. Revocation is not here
//! because it is looked up on every request. moka's own clock plays no part; its capacity only frees memory.

use std::net::IpAddr;

use gogs_spanner_capability::{Effect, Paths, Reason};
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;

use super::Snapshot;
use crate::authenticate::Caller;

/// Decisions kept; some 300 bytes each.
const MOST_DECISIONS: u64 = 100_000;
/// How long a permission is believed.
const ALLOW_FOR: SignedDuration = SignedDuration::from_secs(60);
/// How long a refusal is believed: shorter, because somebody may be mending it.
const DENY_FOR: SignedDuration = SignedDuration::from_secs(5);

/// How a question was answered, for telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// From memory.
    Hit,
    /// Anew.
    Miss,
}

impl Lookup {
    /// The word telemetry uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Question {
    serial: u64,
    epoch: u64,
    client: Option<IpAddr>,
    effect: Effect,
}

#[derive(Debug, Clone)]
struct Answer {
    outcome: Result<(), Reason>,
    from: Timestamp,
    until: Timestamp,
}

impl Answer {
    fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && now <= self.until
    }
}

/// The decisions of the last minute.
#[derive(Debug)]
pub(super) struct Decisions(Cache<Question, Answer>);

impl Default for Decisions {
    fn default() -> Self {
        Self(Cache::new(MOST_DECISIONS))
    }
}

impl Decisions {
    /// The remembered answer, or the fresh one, remembered if it may be.
    pub(super) fn get_or_decide(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        effect: &Effect,
        decide: impl FnOnce() -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        if !may_be_remembered(snapshot, caller, effect) {
            return decide();
        }
        let token = &caller.session.verified;
        let question = Question {
            serial: caller.session.serial,
            epoch: snapshot.policy.epoch,
            client: caller.client.filter(|_| token.mentions_client()),
            effect: effect.clone(),
        };
        if let Some(answer) = self.0.get(&question).filter(|answer| answer.holds(snapshot.now)) {
            return answer.outcome;
        }
        let outcome = decide();
        if outcome != Err(Reason::RunLimit) {
            let until = snapshot.now + if outcome.is_ok() { ALLOW_FOR } else { DENY_FOR };
            let answer = Answer { outcome, from: snapshot.now, until: until.min(token.expires()) };
            self.0.insert(question, answer);
        }
        outcome
    }
}

/// Not remembered: what reads paths, and what is judged at another instant than now. (Nor is a run limit, which is
/// neither yes nor no.)
fn may_be_remembered(snapshot: &Snapshot, caller: &Caller, effect: &Effect) -> bool {
    caller.judged_at == snapshot.now && effect.paths == Paths::Whole
}
