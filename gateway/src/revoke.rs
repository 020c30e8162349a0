//! What is no longer accepted.
//!
//! Listing the id of a block kills every token that carries the block: the token itself and all that was derived from it.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use gogs_spanner_capability::token::RevocationId;
use jiff::SignedDuration;

use crate::{
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
}

impl RevocationList {
    /// Reads the list, after dropping from the store what no living token can carry.
    pub async fn open(store: Arc<dyn Revocations>, clock: SharedClock) -> Result<Self, StoreError> {
        store.prune(clock.now()).await?;
        let revoked = RwLock::new(store.all().await?.into_iter().collect());
        Ok(Self { store, clock, revoked })
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

    /// How many ids are revoked.
    pub fn len(&self) -> usize {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing is revoked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
