//! A token as an agent holds it.

use std::{borrow::Borrow, fmt, sync::Arc};

use gogs_spanner_capability::{
    Rights,
    token::{InspectError, Malformed, TokenText, attenuate, inspect},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    clock::{Clock, SystemClock},
    narrowing::{Narrowing, NarrowingError},
    origin::{Origin, OriginError},
};

/// The longest a token is still handed out before its end: a request takes a moment to arrive.
const MARGIN: SignedDuration = SignedDuration::from_secs(5);

/// What was handed over is not a token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not a whole token's text.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A text that holds something else.
    #[error(transparent)]
    Unreadable(#[from] InspectError),
    /// It says that it is for a place where no gateway can be.
    #[error(transparent)]
    Origin(#[from] OriginError),
}

/// A token, the gateway it is for, and when it ends. `Debug` prints a fingerprint.
#[derive(Clone)]
pub struct Token {
    text: TokenText,
    origin: Origin,
    expires: Timestamp,
    /// How far the gateway's clock is ahead of ours.
    ahead: SignedDuration,
    clock: Arc<dyn Clock>,
}

impl Token {
    /// A token that ends then by our clock; what it says itself of its end tells how the gateway's differs.
    pub(crate) fn new(text: TokenText, origin: Origin, expires: Timestamp, clock: Arc<dyn Clock>) -> Self {
        let ahead = inspect(&text).map_or(SignedDuration::ZERO, |read| read.expires.duration_since(expires));
        Self { text, origin, expires, ahead, clock }
    }

    /// Takes a token somebody handed over, such as the planner whose worker this is; white space around it is forgiven.
    ///
    /// Where it is for and when it ends is what it says of itself. Nobody but the gateway can tell whether that is true.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let text = TokenText::parse(text.trim())?;
        let read = inspect(&text)?;
        let (origin, clock) = (read.service.parse()?, Arc::new(SystemClock));
        Ok(Self { origin, expires: read.expires, ahead: SignedDuration::ZERO, text, clock })
    }

    /// The time it goes by.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The secret itself: the password, or the user name, git sends.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// The value of an `Authorization` header. It holds the secret.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.expose())
    }

    /// The gateway it is for.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// When it ends, by this machine's clock.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// What the gateway granted, as the token itself says it; a narrower token says the same, and its narrowing besides.
    /// Nobody has verified it: plan by it, decide nothing by it.
    pub fn rights(&self) -> Result<Rights, TokenError> {
        Ok(inspect(&self.text)?.rights)
    }

    /// A token that can do less, for a sub-agent. Offline; nobody can widen it again.
    ///
    /// ```no_run
    /// # use gogs_spanner_sdk::{Narrowing, NarrowingError, SignedDuration, Token};
    /// # fn example(token: Token) -> Result<Token, NarrowingError> {
    /// token.narrow(Narrowing::to("acme/web").read_only().lifetime(SignedDuration::from_mins(5)))
    /// # }
    /// ```
    pub fn narrow(&self, narrowing: impl Borrow<Narrowing>) -> Result<Self, NarrowingError> {
        let (narrowing, now) = (narrowing.borrow(), self.clock.now());
        let rights = inspect(&self.text).map_err(NarrowingError::from)?.rights;
        let text = attenuate(&self.text, &narrowing.resolve(&rights, now + self.ahead)?)?;
        let expires = narrowing.ends(now).map_or(self.expires, |ends| ends.min(self.expires));
        let (origin, clock) = (self.origin.clone(), Arc::clone(&self.clock));
        Ok(Self { text, origin, expires, ahead: self.ahead, clock })
    }

    /// Whether a request made now still arrives in time.
    pub(crate) fn is_usable(&self, now: Timestamp) -> bool {
        now + MARGIN < self.expires
    }

    /// Whether it is the very same token.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.text.digest() == other.text.digest()
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
