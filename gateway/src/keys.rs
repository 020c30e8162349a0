//! The issuing keys.
//!
//! A key goes through four times: it is *published*, so that whoever verifies can learn it; it *signs*; it is *retired*
//! when the next one signs, and stays published as long as a token signed by it can live; then it is *gone*.
//!
//! An attacker who has the store and the sealing key can sign tokens; either alone is not enough.

use std::{fmt, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use gogs_spanner_capability::token::{PublicKeys, SigningKey};
use jiff::{SignedDuration, Timestamp};

use crate::{
    clock::SharedClock,
    seal::{SealError, Sealer},
    store::{Keys, Purpose, StoreError, StoredKey},
};

mod ring;

#[cfg(test)]
mod tests;

pub use ring::{KeyState, KeyView};

use ring::{Ring, RingKey};

/// How long a scheduled key is published before it signs, unless a tenth of the rotation is less.
const PUBLISH_AHEAD: SignedDuration = SignedDuration::from_hours(1);

/// How much longer than its tokens a retired key stays: an operation admitted in a token's last second may go on for ten
/// minutes (the lease), and clocks differ.
const STAY_LONGER: SignedDuration = SignedDuration::from_mins(15);

/// Why the keys are not at hand.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key cannot be sealed or opened: most often the sealing key is not the one this store was made with.
    #[error("signing key {id}: {cause}")]
    Sealed {
        /// Which key.
        id: u32,
        /// What is wrong with it.
        cause: SealError,
    },
    /// What was sealed is no key.
    #[error("signing key {0} is not an Ed25519 key")]
    NotAKey(u32),
}

/// The keys of one purpose, and their rotation.
pub struct KeyRing {
    purpose: Purpose,
    store: Arc<dyn Keys>,
    sealer: Arc<Sealer>,
    clock: SharedClock,
    rotate_every: SignedDuration,
    max_lifetime: SignedDuration,
    ring: ArcSwap<Ring>,
    /// One rotation at a time.
    rotation: tokio::sync::Mutex<()>,
}

impl KeyRing {
    /// Opens the ring of a purpose; where the store has no key of it the first is made, and signs at once. What the keys
    /// sign lives for `max_lifetime` at most.
    pub async fn open(
        purpose: Purpose,
        store: Arc<dyn Keys>,
        sealer: Arc<Sealer>,
        clock: SharedClock,
        rotate_every: SignedDuration,
        max_lifetime: SignedDuration,
    ) -> Result<Self, KeyError> {
        let ring = ArcSwap::default();
        let rotation = tokio::sync::Mutex::default();
        let keys = Self { purpose, store, sealer, clock, rotate_every, max_lifetime, ring, rotation };
        keys.reload().await?;
        if keys.ring.load().is_empty() {
            keys.add(keys.clock.now()).await?;
        }
        keys.rotate_if_due().await?;
        Ok(keys)
    }

    /// The published keys: one snapshot, for all a request does.
    pub fn public(&self) -> Arc<PublicKeys> {
        self.ring.load().public()
    }

    /// The key that signs now.
    pub fn signing(&self) -> Arc<SigningKey> {
        self.ring.load().signing(self.clock.now())
    }

    /// The id of the key that signs now, and how long it has.
    pub fn signing_for(&self) -> (u32, Duration) {
        let now = self.clock.now();
        let (id, since) = self.ring.load().signing_since(now);
        (id, Duration::try_from(now.duration_since(since)).unwrap_or_default())
    }

    /// Publishes the next key where its time has come, and drops those no living token needs. To be called every minute
    /// or so; says whether there is a new key.
    pub async fn rotate_if_due(&self) -> Result<bool, KeyError> {
        let _alone = self.rotation.lock().await;
        self.reload().await?; // what a write that seemed to fail has added counts
        let now = self.clock.now();
        let ahead = PUBLISH_AHEAD.min(self.rotate_every / 10);
        let due = self.ring.load().last_signs_from() + self.rotate_every;
        let is_due = due - ahead <= now;
        if is_due {
            self.add(due.max(now + ahead)).await?;
        }
        Ok(is_due)
    }

    /// Makes a new key that signs at once: whoever rotates by hand has a reason not to wait. Tokens signed before stay
    /// good. Answers with the new key's id.
    pub async fn rotate(&self) -> Result<u32, KeyError> {
        let _alone = self.rotation.lock().await;
        self.add(self.clock.now()).await
    }

    /// The published keys as a JSON Web Key Set (RFC 7517), each an octet key pair of Ed25519 (RFC 8037).
    pub fn jwks(&self) -> serde_json::Value {
        let public = self.public();
        let keys = public.iter().map(|key| {
            serde_json::json!({
                "kty": "OKP",
                "crv": "Ed25519",
                "kid": key.id.to_string(),
                "use": "biscuit",
                "x": BASE64_URL_SAFE_NO_PAD.encode(key.bytes),
            })
        });
        serde_json::json!({ "keys": keys.collect::<Vec<_>>() })
    }

    /// What can be told of each published key.
    pub fn list(&self) -> Vec<KeyView> {
        self.ring.load().list(self.clock.now())
    }

    /// Makes a key, keeps it, and only then shows it.
    async fn add(&self, signs_from: Timestamp) -> Result<u32, KeyError> {
        let known = self.store.all().await?;
        let id = known.iter().map(|key| key.id).max().unwrap_or(0) + 1;
        let key = SigningKey::generate(id);
        let sealed =
            self.sealer.seal(&*key.to_bytes(), &self.place(id)).map_err(|cause| KeyError::Sealed { id, cause })?;
        let published = self.clock.now();
        self.store.add(&StoredKey { id, purpose: self.purpose, sealed, published, signs_from }).await?;
        self.reload().await?;
        tracing::info!(key = id, purpose = self.purpose.as_str(), %signs_from, "a new signing key is published");
        Ok(id)
    }

    async fn reload(&self) -> Result<(), KeyError> {
        let stored = self.store.all().await?;
        let ours = stored.iter().filter(|key| key.purpose == self.purpose);
        let keys = ours.map(|key| self.open_key(key)).collect::<Result<_, _>>()?;
        let gone_before = self.clock.now() - self.max_lifetime - STAY_LONGER;
        self.ring.store(Arc::new(Ring::of(keys, gone_before)));
        Ok(())
    }

    fn open_key(&self, stored: &StoredKey) -> Result<RingKey, KeyError> {
        let id = stored.id;
        let seed = self.sealer.open(&stored.sealed, &self.place(id)).map_err(|cause| KeyError::Sealed { id, cause })?;
        let seed = seed.as_slice().try_into().map_err(|_| KeyError::NotAKey(id))?;
        let key = Arc::new(SigningKey::from_bytes(id, seed));
        Ok(RingKey { published: stored.published, signs_from: stored.signs_from, key })
    }

    /// Where a key is sealed for: its purpose and id, so that none can take the place of another.
    fn place(&self, id: u32) -> String {
        format!("signing key {} {id}", self.purpose.as_str())
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("keys", &self.list()).finish_non_exhaustive()
    }
}
