//! A token as an agent holds it.

use std::{fmt, sync::Arc};

use gogs_spanner_capability::token::{TokenText, attenuate};
use jiff::{SignedDuration, Timestamp};

use crate::{
    clock::Clock,
    narrowing::{Narrowing, NarrowingError},
};

/// The longest a token is still handed out before its end: a request takes a moment to arrive.
const MARGIN: SignedDuration = SignedDuration::from_secs(5);

/// A token and when it ends. `Debug` prints a fingerprint.
#[derive(Clone)]
pub struct Token {
    text: TokenText,
    expires: Timestamp,
    clock: Arc<dyn Clock>,
}

impl Token {
    pub(crate) fn new(text: TokenText, expires: Timestamp, clock: Arc<dyn Clock>) -> Self {
        Self { text, expires, clock }
    }

    /// The secret itself: the password, or the user name, git sends.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// The value of an `Authorization` header. It holds the secret.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.expose())
    }

    /// When it ends, by this machine's clock.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// A token that can do less, for a sub-agent. Offline; nobody can widen it again.
    pub fn narrow(&self, narrowing: &Narrowing) -> Result<Self, NarrowingError> {
        let now = self.clock.now();
        let text = attenuate(&self.text, &narrowing.resolve(now)?)?;
        let expires = narrowing.ends(now).map_or(self.expires, |ends| ends.min(self.expires));
        Ok(Self { text, expires, clock: Arc::clone(&self.clock) })
    }

    /// Whether a request made now still arrives in time.
    pub(crate) fn is_usable(&self, now: Timestamp) -> bool {
        now + MARGIN < self.expires
    }

    /// A share of something that differs from token to token, so that a fleet does not renew at one instant.
    pub(crate) fn spread(&self, over: SignedDuration) -> SignedDuration {
        over * i32::from(self.text.digest()[0]) / i32::from(u8::MAX)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("text", &self.text).field("expires", &self.expires).finish_non_exhaustive()
    }
}
