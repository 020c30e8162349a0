//! One limit of one agent: what is spent comes back evenly (GCRA, ITU-T I.371: a leaky bucket that holds one period's amount).
//!
//! Counted exactly, in units × nanoseconds of the period: a unit weighs the period's nanoseconds, and each nanosecond the
//! amount flows back. So seven a second are seven, and no rounding adds up.

use jiff::{SignedDuration, Timestamp};

use super::{Limit, Period};

/// What is spent of a limit, as of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    limit: Limit,
    spent: u128,
    at: Timestamp,
    /// All that could have flowed back so far, whether anything was spent or not.
    flowed: u128,
}

/// What was taken, and when, by what had flowed until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taking {
    weight: u128,
    flowed: u128,
}

/// How long something has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wait {
    /// So many seconds, rounded up.
    Seconds(u32),
    /// For ever: it is more than the whole of the limit.
    Ever,
}

impl Allowance {
    /// Nothing is spent.
    pub(crate) const fn whole(limit: Limit, now: Timestamp) -> Self {
        Self { limit, spent: 0, at: now, flowed: 0 }
    }

    /// So much is spent that all of it will have come back by then; never more than the whole.
    pub(crate) fn whole_at(limit: Limit, back: Timestamp, now: Timestamp) -> Self {
        let owed = nanoseconds(back.duration_since(now)).saturating_mul(limit.amount.into());
        Self { limit, spent: owed.min(capacity(limit)), at: now, flowed: 0 }
    }

    /// The same as of now, under the limit of today. A clock that goes back gives nothing and takes nothing: from where it
    /// stands what is spent comes back again. Where the limit has changed, what was spent counts on, up to the whole.
    pub(crate) fn under(self, limit: Limit, now: Timestamp) -> Self {
        let flowed = nanoseconds(now.duration_since(self.at)).saturating_mul(self.limit.amount.into());
        let (spent, flowed) = (self.spent.saturating_sub(flowed), self.flowed.saturating_add(flowed));
        if limit == self.limit {
            return Self { limit, spent, at: now, flowed };
        }
        let units = spent.div_ceil(weight(self.limit.per));
        let spent = units.saturating_mul(weight(limit.per)).min(capacity(limit));
        // As if all that was taken so far had flowed back: how much of it is within `spent` nobody knows any more.
        Self { limit, spent, at: now, flowed: flowed.saturating_add(capacity(self.limit)) }
    }

    /// How long it takes until so many units may be taken; `None`: no time at all.
    pub(crate) fn wait_for(&self, units: u64) -> Option<Wait> {
        if units > self.limit.amount {
            return Some(Wait::Ever);
        }
        let beyond = (self.spent + u128::from(units) * weight(self.limit.per)).checked_sub(capacity(self.limit))?;
        (beyond > 0).then(|| Wait::Seconds(u32::try_from(seconds(beyond, self.limit)).unwrap_or(u32::MAX)))
    }

    /// Takes units, which [`wait_for`](Self::wait_for) has said are there, or which are waited for.
    pub(crate) fn take(&mut self, units: u64) -> Taking {
        let weight = u128::from(units) * weight(self.limit.per);
        self.spent += weight;
        Taking { weight, flowed: self.flowed }
    }

    /// Gives back what was taken, but for what of it may have flowed back meanwhile: no more than had it never been taken.
    pub(crate) fn give_back(&mut self, taking: Taking) {
        let flowed = self.flowed.saturating_sub(taking.flowed);
        self.spent = self.spent.saturating_sub(taking.weight.saturating_sub(flowed));
    }

    /// How many units may be taken at once.
    pub(crate) fn remaining(&self) -> u64 {
        let left = capacity(self.limit).saturating_sub(self.spent) / weight(self.limit.per);
        u64::try_from(left).unwrap_or(u64::MAX)
    }

    /// In how many seconds everything has come back.
    pub(crate) fn whole_in(&self) -> u64 {
        u64::try_from(seconds(self.spent, self.limit)).unwrap_or(u64::MAX)
    }

    /// The limit it is counted under.
    pub(crate) const fn limit(&self) -> Limit {
        self.limit
    }

    /// When everything has come back, in the whole microseconds of the store and never too early.
    pub(crate) fn back(&self) -> Timestamp {
        let owed = i128::try_from(self.spent.div_ceil(self.limit.amount.into())).unwrap_or(i128::MAX);
        let back = self.at.as_nanosecond().saturating_add(owed).saturating_add(999).div_euclid(1_000);
        i64::try_from(back).ok().and_then(|back| Timestamp::from_microsecond(back).ok()).unwrap_or(Timestamp::MAX)
    }
}

/// What one unit weighs.
fn weight(per: Period) -> u128 {
    per.length().unsigned_abs().as_nanos()
}

fn capacity(limit: Limit) -> u128 {
    u128::from(limit.amount) * weight(limit.per)
}

/// How long so much takes to come back, in whole seconds, rounded up.
fn seconds(spent: u128, limit: Limit) -> u128 {
    const NANOSECONDS: u128 = 1_000_000_000;
    spent.div_ceil(limit.amount.into()).div_ceil(NANOSECONDS)
}

/// None below zero.
fn nanoseconds(duration: SignedDuration) -> u128 {
    u128::try_from(duration.as_nanos()).unwrap_or(0)
}
