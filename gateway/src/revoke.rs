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
