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
}

impl RevocationList {
    /// Reads the list, after dropping from the store what no living token can carry.
    pub async fn open(store: Arc<dyn Revocations>, clock: SharedClock) -> Result<Self, StoreError> {
        store.prune(clock.now()).await?;
        let revoked = RwLock::new(store.all().await?.into_iter().collect());
        let mut cutoffs = Cutoffs::default();
        store.cutoffs().await?.into_iter().for_each(|cutoff| cutoffs.add(cutoff));
        Ok(Self { store, clock, revoked, cutoffs: RwLock::new(cutoffs) })
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
        self.read_cutoffs().until_of(&sign_in.user).is_some_and(|until| sign_in.issued < until)
    }

    /// Ends tokens and sign-ins by when they were made. As a revocation, it counts once it is durable.
    pub async fn cut_off(&self, cutoff: Cutoff) -> Result<(), StoreError> {
        self.store.cut_off(&cutoff, self.clock.now()).await?;
        self.cutoffs.write().unwrap_or_else(PoisonError::into_inner).add(cutoff);
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

    /// When a token of the agent, got with that key or for that person, is minted that is to hold: now, or as soon as no
    /// cut-off reaches it.
    pub fn first_second(&self, agent: &AgentName, key: Option<&str>, user: Option<&str>, now: Timestamp) -> Timestamp {
        first_second(self.read_cutoffs().until(agent, key.map_or(GotWith::Proof, GotWith::Key), user), now)
    }

    /// The same for a sign-in of a person.
    pub fn first_second_of(&self, person: &str, now: Timestamp) -> Timestamp {
        first_second(self.read_cutoffs().until_of(person), now)
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
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

    use jiff::Timestamp;

    use super::*;
    use crate::{
        clock::ManualClock,
        store::memory::{Fault, Memory},
    };

    fn id(byte: u8) -> RevocationId {
        RevocationId::from_bytes(&[byte; 64]).unwrap()
    }

    async fn list(store: &Arc<Memory>) -> RevocationList {
        RevocationList::open(store.clone(), ManualClock::at(Timestamp::UNIX_EPOCH)).await.unwrap()
    }

    #[tokio::test]
    async fn a_revocation_outlives_a_restart() {
        let store = Memory::new();
        list(&store).await.revoke(&id(1)).await.unwrap();
        let restarted = list(&store).await;
        assert!(restarted.contains(&id(1)));
        assert!(!restarted.contains(&id(2)));
    }

    #[tokio::test]
    async fn a_revocation_that_is_not_durable_is_neither_acknowledged_nor_visible() {
        let store = Memory::new();
        let list = list(&store).await;
        for fault in [Fault::Down, Fault::ReadOnly, Fault::Full] {
            store.suffer(fault);
            assert!(list.revoke(&id(1)).await.is_err());
            assert!(!list.contains(&id(1)), "{fault:?}");
        }
    }

    #[tokio::test]
    async fn a_cut_off_outlives_a_restart_and_counts_only_once_it_is_durable() {
        let store = Memory::new();
        let agent = AgentName::parse("ci-web").unwrap();
        let (first, now) = (list(&store).await, Timestamp::UNIX_EPOCH);
        let cutoff = || Cut::Key(agent.clone(), "one".to_owned()).now(now);
        store.suffer(Fault::Down);
        assert!(first.cut_off(cutoff()).await.is_err());
        assert!(!first.refuses_key(&agent, "one"));
        store.suffer(Fault::None);
        first.cut_off(cutoff()).await.unwrap();
        for list in [first, list(&store).await] {
            assert!(list.refuses_key(&agent, "one") && !list.refuses_key(&agent, "two"));
            let second = |key| list.first_second(&agent, key, None, now).as_second();
            assert_eq!((second(Some("one")), second(Some("two")), second(None)), (1, 0, 0));
        }
    }

    #[tokio::test]
    async fn what_is_minted_after_a_cut_off_holds_whatever_part_of_a_second_it_was_at() {
        let list = list(&Memory::new()).await;
        let (agent, half) = (AgentName::parse("ci-web").unwrap(), SignedDuration::from_millis(500));
        for at in [0, 1, 499, 500, 999, 1000] {
            let before = Timestamp::UNIX_EPOCH + SignedDuration::from_millis(at);
            list.cut_off(Cutoff { cut: Cut::All, before }).await.unwrap();
            assert!(list.first_second(&agent, None, None, before) >= before, "{at}");
            assert!(list.first_second(&agent, None, None, before + half * 3) >= before, "{at}");
        }
    }

    #[tokio::test]
    async fn a_revocation_said_to_have_failed_can_be_made_again() {
        let store = Memory::new();
        let list = list(&store).await;
        store.suffer(Fault::FailedButPersisted);
        assert!(list.revoke(&id(1)).await.is_err());
        store.suffer(Fault::None);
        list.revoke(&id(1)).await.unwrap();
        assert!(list.contains(&id(1)));
        assert_eq!(list.len(), 1);
    }
}
