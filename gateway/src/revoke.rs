//! What is no longer accepted.
//!
//! Listing the id of a block kills every token that carries the block: the token itself and all that was derived from it.
//! A [`Cutoff`] kills by when tokens were minted. Either is asked for on every request, before any cache is believed.

mod cutoff;

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use gogs_spanner_capability::{
    AgentName,
    token::{self, RevocationId, SignIn},
};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

pub use self::cutoff::{Cut, Cutoff};
use self::cutoff::{Cutoffs, GotWith, next_second};
use crate::{
    caller::Verified,
    clock::SharedClock,
    store::{Revocations, StoreError},
};

/// How long a revocation is remembered: far longer than any token can live, so that neither a longer lifetime in
/// tomorrow's configuration nor a clock set back revives one.
const REMEMBER_FOR: SignedDuration = SignedDuration::from_hours(24 * 400);

/// The revoked ids, in memory for every request to ask and in the store to last.
pub struct RevocationList {
    store: Arc<dyn Revocations>,
    clock: SharedClock,
    revoked: RwLock<HashSet<RevocationId>>,
    cutoffs: RwLock<Cutoffs>,
    /// One cut-off is made at a time: the next reaches what was minted since the last.
    cutting: Mutex<()>,
}

/// What somebody shows who asks for a token.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'s> {
    /// The word of an issuer.
    Proof,
    /// A proof by the key of this thumbprint.
    Key(&'s str),
    /// The sign-in of a person.
    SignIn {
        /// What she is called in it.
        user: &'s str,
        /// When it was made.
        issued: Timestamp,
    },
}

/// What was shown has ended since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// The key is not taken any more.
    #[error("the key was revoked")]
    Key,
    /// Her sign-ins of then are not.
    #[error("the sign-in was cut off")]
    SignIn,
}

impl RevocationList {
    /// Reads the list, after dropping from the store what no living token can carry.
    pub async fn open(store: Arc<dyn Revocations>, clock: SharedClock) -> Result<Self, StoreError> {
        store.prune(clock.now()).await?;
        let revoked = RwLock::new(store.all().await?.into_iter().collect());
        let mut cutoffs = Cutoffs::default();
        store.cutoffs().await?.into_iter().for_each(|cutoff| cutoffs.add(cutoff));
        Ok(Self { store, clock, revoked, cutoffs: RwLock::new(cutoffs), cutting: Mutex::default() })
    }

    /// Whether an id is revoked. Asked on every request: the cost does not grow with the list.
    pub fn contains(&self, id: &RevocationId) -> bool {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    /// Revokes an id: it is durable first and counts then, so no answer says "revoked" that a restart would take back.
    pub async fn revoke(&self, id: &RevocationId) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store.add(id, now, now + REMEMBER_FOR).await?;
        self.revoked.write().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        Ok(())
    }

    /// Whether a credential that was verified is revoked all the same: one of its ids is, or it was minted before a cut-off.
    pub fn reaches(&self, verified: &Verified) -> bool {
        verified.revocation_ids().iter().any(|id| self.contains(id)) || self.read_cutoffs().reach(verified)
    }

    /// Whether a token was minted before a cut-off.
    pub fn cuts_off(&self, token: &token::Verified) -> bool {
        self.read_cutoffs().reach_token(token)
    }

    /// Whether a sign-in was issued before a cut-off.
    pub fn cuts_off_sign_in(&self, sign_in: &SignIn) -> bool {
        self.read_cutoffs().reach_sign_in(&sign_in.user, sign_in.issued)
    }

    /// Ends what was made before an instant. As a revocation, it counts once it is durable.
    pub async fn cut_off(&self, cutoff: Cutoff) -> Result<(), StoreError> {
        let _one_at_a_time = self.cutting.lock().await;
        self.take_up(&cutoff).await
    }

    /// Ends what was made until now, to the moment when it counts; says before when that is.
    pub async fn cut_off_now(&self, cut: Cut) -> Result<Cutoff, StoreError> {
        let _one_at_a_time = self.cutting.lock().await;
        let mut cutoff = self.until_now(cut);
        self.take_up(&cutoff).await?;
        if cutoff.before <= self.clock.now() {
            // The store took its time, and what was minted meanwhile is meant as well.
            cutoff = self.until_now(cutoff.cut);
            self.take_up(&cutoff).await?;
        }
        Ok(cutoff)
    }

    /// The cut-off that reaches whatever can have been minted by now. An earlier one may have had it dated ahead.
    fn until_now(&self, cut: Cut) -> Cutoff {
        cut.now(self.first_second_of_all(self.clock.now()))
    }

    async fn take_up(&self, cutoff: &Cutoff) -> Result<(), StoreError> {
        self.store.cut_off(cutoff, self.clock.now()).await?;
        self.cutoffs.write().unwrap_or_else(PoisonError::into_inner).add(cutoff.clone());
        Ok(())
    }

    /// Whether proofs by the agent's key are not taken any more.
    pub fn refuses_key(&self, agent: &AgentName, key: &str) -> bool {
        self.read_cutoffs().refuse_key(agent, key)
    }

    /// The agent's keys that are not taken any more.
    pub fn revoked_keys(&self, agent: &AgentName) -> Vec<String> {
        self.read_cutoffs().keys(agent)
    }

    /// When a token of the agent is minted that is to hold: now, or as soon as no cut-off reaches it. Refuses what has ended
    /// since it was shown. Both are asked under one lock: a cut-off that is not seen here comes later, and reaches the token.
    pub fn first_second(&self, agent: &AgentName, shown: Shown<'_>, now: Timestamp) -> Result<Timestamp, Ended> {
        let cutoffs = self.read_cutoffs();
        let (got, user) = match shown {
            Shown::Key(key) if cutoffs.refuse_key(agent, key) => return Err(Ended::Key),
            Shown::SignIn { user, issued } if cutoffs.reach_sign_in(user, issued) => return Err(Ended::SignIn),
            Shown::Proof => (GotWith::Proof, None),
            Shown::Key(key) => (GotWith::Key(key), None),
            Shown::SignIn { user, .. } => (GotWith::Proof, Some(user)),
        };
        Ok(first_second(cutoffs.until(agent, got, user), now))
    }

    /// The same for a sign-in of a person, which ends before it is made where it was begun before her cut-off.
    pub fn first_second_of(&self, person: &str, begun: Timestamp, now: Timestamp) -> Result<Timestamp, Ended> {
        let cutoffs = self.read_cutoffs();
        if cutoffs.reach_sign_in(person, begun) {
            return Err(Ended::SignIn);
        }
        Ok(first_second(cutoffs.until_of(person), now))
    }

    /// The same for what may become anybody's.
    pub fn first_second_of_all(&self, now: Timestamp) -> Timestamp {
        first_second(self.read_cutoffs().latest(), now)
    }

    fn read_cutoffs(&self) -> RwLockReadGuard<'_, Cutoffs> {
        self.cutoffs.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many ids are revoked.
    pub fn len(&self) -> usize {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing is revoked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The whole second of an instant, or the first one that does not lie before `until`.
fn first_second(until: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let second = Timestamp::from_second(now.as_second()).unwrap_or(now);
    match until {
        Some(until) if second < until => second.max(next_second(until - SignedDuration::from_nanos(1))),
        _ => second,
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList").field("revoked", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
