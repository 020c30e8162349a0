//! What an issuer publishes, fetched when it is needed and kept while it is good.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::{
    IssuerError,
    discovery::{Discovery, DiscoveryError, Metadata},
};
use crate::{
    client,
    clock::SharedClock,
    exchange::jws::{UnverifiedJws, VerifyingKey},
};

/// Keys are asked for anew after this long, so that one the issuer withdrew is not trusted for days.
const FRESH: SignedDuration = SignedDuration::from_hours(1);

/// While the issuer cannot be reached its last keys stay good for this long.
const STALE_AT_MOST: SignedDuration = SignedDuration::from_hours(24);

/// The issuer is asked no oftener than this, whatever key ids strangers make up.
const ATTEMPTS_APART: SignedDuration = SignedDuration::from_secs(5);

/// No more keys than this are tried against one signature.
const CANDIDATES_AT_MOST: usize = 4;

/// The keys of one issuer.
pub(super) struct IssuerKeys {
    discovery: Discovery,
    clock: SharedClock,
    held: ArcSwap<Held>,
    flight: Mutex<()>,
}

/// What is known of an issuer's keys at one moment.
#[derive(Default)]
struct Held {
    keys: Vec<VerifyingKey>,
    fetched: Option<Timestamp>,
    attempted: Option<Timestamp>,
}

impl IssuerKeys {
    pub(super) fn new(discovery: Discovery, clock: SharedClock) -> Arc<Self> {
        Arc::new(Self { discovery, clock, held: ArcSwap::default(), flight: Mutex::new(()) })
    }

    /// The keys that may have signed this, after asking the issuer where what is held does not tell.
    pub(super) async fn candidates(
        self: &Arc<Self>,
        jws: &UnverifiedJws<'_>,
    ) -> Result<Vec<VerifyingKey>, IssuerError> {
        let held = self.held.load_full();
        if held.is_younger_than(FRESH, self.clock.now()) {
            let candidates = held.fitting(jws);
            if !candidates.is_empty() {
                return Ok(candidates);
            }
        }
        self.refresh().await;
        let held = self.held.load_full();
        if held.is_younger_than(STALE_AT_MOST, self.clock.now()) {
            Ok(held.fitting(jws))
        } else {
            Err(IssuerError::Unreachable)
        }
    }

    /// The issuer's metadata, past whatever is held.
    pub(super) async fn metadata(&self) -> Result<Metadata, DiscoveryError> {
        self.discovery.metadata().await
    }

    /// Why the keys are not to be had now, if they are not: for an operator, past whatever is held.
    pub(super) async fn trouble(&self) -> Option<String> {
        self.discovery.keys().await.err().map(|error| match error {
            DiscoveryError::Fetch(error) => client::cause(error),
            error => error.to_string(),
        })
    }

    /// Asks the issuer, one flight at a time. A task of its own: a caller that hangs up must not waste the attempt.
    async fn refresh(self: &Arc<Self>) {
        let keys = Arc::clone(self);
        if let Err(error) = tokio::spawn(async move { keys.ask().await }).await {
            tracing::error!(%error, "asking an issuer for its keys was cut short");
        }
    }

    async fn ask(&self) {
        let _flight = self.flight.lock().await;
        let (held, now) = (self.held.load_full(), self.clock.now());
        if is_within(held.attempted, ATTEMPTS_APART, now) {
            return;
        }
        let next = match self.discovery.keys().await {
            Ok(keys) => Held { keys, fetched: Some(now), attempted: Some(now) },
            Err(error) => {
                tracing::warn!(issuer = self.discovery.issuer(), %error, "an issuer's keys could not be fetched");
                Held { keys: held.keys.clone(), fetched: held.fetched, attempted: Some(now) }
            }
        };
        self.held.store(Arc::new(next));
    }
}

impl Held {
    fn is_younger_than(&self, age: SignedDuration, now: Timestamp) -> bool {
        is_within(self.fetched, age, now)
    }

    fn fitting(&self, jws: &UnverifiedJws<'_>) -> Vec<VerifyingKey> {
        self.keys.iter().filter(|key| jws.may_be_by(key)).take(CANDIDATES_AT_MOST).cloned().collect()
    }
}

/// Whether `then` is less than `span` away, on either side: a clock that was set back must not make it last forever.
fn is_within(then: Option<Timestamp>, span: SignedDuration, now: Timestamp) -> bool {
    then.is_some_and(|then| now.duration_since(then).abs() < span)
}
