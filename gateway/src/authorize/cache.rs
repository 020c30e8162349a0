//! Decisions remembered for a while, such that a remembered answer always equals a fresh one.
//!
//! Everything a decision reads is in the key or bounds its life: the token's exact bytes (by serial), the effect, the
//! client's address where a caveat reads it, the policy by epoch, who lent, and time by `from` and `until`. Revocation is not here
//! because it is looked up on every request. moka's own clock plays no part; its capacity only frees memory.

use std::net::IpAddr;

use gogs_spanner_capability::{Effect, Paths, Reason};
use jiff::{SignedDuration, Timestamp};
use moka::sync::Cache;

use crate::caller::{Caller, Snapshot};

/// Decisions kept; some 300 bytes each.
const MOST_DECISIONS: u64 = 100_000;
/// How long a permission is believed.
const ALLOW_FOR: SignedDuration = SignedDuration::from_secs(60);
/// How long a refusal is believed: shorter, because somebody may be mending it.
const DENY_FOR: SignedDuration = SignedDuration::from_secs(5);

/// What a decision is about, with everything it reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    serial: u64,
    epoch: u64,
    client: Option<IpAddr>,
    /// Which of the agent's lenders lent to the caller, a bit for each: with the epoch, what they lent.
    lenders: Option<u32>,
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
    /// The question an effect is, where its answer may be remembered at all: not what reads paths, not what is judged at
    /// another instant than now, and nothing of a credential that is seen once.
    pub(super) fn question(snapshot: &Snapshot, caller: &Caller, effect: &Effect) -> Option<Question> {
        let serial = caller.session.serial?;
        let may_be_remembered = caller.judged_at == snapshot.now && effect.paths == Paths::Whole;
        may_be_remembered.then(|| Question {
            serial,
            epoch: snapshot.policy.epoch,
            client: caller.client.filter(|_| caller.session.verified.mentions_client()),
            lenders: caller.lenders(),
            effect: effect.clone(),
        })
    }

    /// The remembered answer, as long as it holds.
    pub(super) fn recall(&self, question: &Question, now: Timestamp) -> Option<Result<(), Reason>> {
        self.0.get(question).filter(|answer| answer.holds(now)).map(|answer| answer.outcome)
    }

    /// Remembers an answer given at `now`, no longer than the token lives. A run limit or a fault is no answer.
    pub(super) fn remember(&self, question: Question, outcome: Result<(), Reason>, now: Timestamp, expires: Timestamp) {
        if outcome.map_or_else(|reason| !reason.is_fault(), |()| true) {
            let until = now + if outcome.is_ok() { ALLOW_FOR } else { DENY_FOR };
            self.0.insert(question, Answer { outcome, from: now, until: until.min(expires) });
        }
    }
}
