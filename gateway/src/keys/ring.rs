//! The published keys, in the order in which they sign.

use std::{cmp::Ordering, fmt, sync::Arc};

use gogs_spanner_capability::token::{PublicKeys, SigningKey};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One snapshot of the keys; never changed, only replaced.
#[derive(Default)]
pub(super) struct Ring {
    keys: Vec<RingKey>,
    public: Arc<PublicKeys>,
}

/// One key, opened.
pub(super) struct RingKey {
    pub(super) published: Timestamp,
    pub(super) signs_from: Timestamp,
    pub(super) key: Arc<SigningKey>,
}

/// Where in its life a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// It is published and does not sign yet.
    Waiting,
    /// It signs.
    Signing,
    /// Another signs; tokens of this one may still live.
    Retired,
}

/// What may be told of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyView {
    /// Its root key id.
    pub id: u32,
    /// Where in its life it is.
    pub state: KeyState,
    /// Since when it is published.
    pub published: Timestamp,
    /// From when on it signs.
    pub signs_from: Timestamp,
    /// Seconds since it was published.
    pub age: i64,
}

impl Ring {
    /// The keys without those whose successor began to sign before `gone_before`.
    pub(super) fn of(mut keys: Vec<RingKey>, gone_before: Timestamp) -> Self {
        keys.sort_by_key(|key| (key.signs_from, key.key.id()));
        let gone = keys.iter().skip(1).take_while(|successor| successor.signs_from < gone_before).count();
        keys.drain(..gone);
        let public = Arc::new(keys.iter().map(|key| key.key.public()).collect());
        Self { keys, public }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn public(&self) -> Arc<PublicKeys> {
        self.public.clone()
    }

    /// The key whose turn it is; the earliest where the clock stands before all of them.
    pub(super) fn signing(&self, now: Timestamp) -> Arc<SigningKey> {
        self.turn(now).key.clone()
    }

    /// The id of that key, and since when it signs.
    pub(super) fn signing_since(&self, now: Timestamp) -> (u32, Timestamp) {
        let key = self.turn(now);
        (key.key.id(), key.signs_from)
    }

    fn turn(&self, now: Timestamp) -> &RingKey {
        let key = self.keys.iter().rfind(|key| key.signs_from <= now).or_else(|| self.keys.first());
        key.expect("a ring is opened with a key and never loses its last")
    }

    /// When the last key takes its turn.
    pub(super) fn last_signs_from(&self) -> Timestamp {
        self.keys.last().map_or(Timestamp::UNIX_EPOCH, |key| key.signs_from)
    }

    pub(super) fn list(&self, now: Timestamp) -> Vec<KeyView> {
        let signing = self.keys.iter().rposition(|key| key.signs_from <= now).unwrap_or(0);
        let view = |(at, key): (usize, &RingKey)| KeyView {
            id: key.key.id(),
            state: match at.cmp(&signing) {
                Ordering::Less => KeyState::Retired,
                Ordering::Equal => KeyState::Signing,
                Ordering::Greater => KeyState::Waiting,
            },
            published: key.published,
            signs_from: key.signs_from,
            age: now.duration_since(key.published).as_secs(),
        };
        self.keys.iter().enumerate().map(view).collect()
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| key.key.id())).finish()
    }
}
