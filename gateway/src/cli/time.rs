//! Times on the command line: an instant, or how long ago (or from now).

use jiff::{SignedDuration, Timestamp};

use crate::config::spelling::Spelling;

/// An instant, or a duration whose direction the option says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    At(Timestamp),
    Away(SignedDuration),
}

impl When {
    pub(super) fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(instant) => instant,
            Self::Away(duration) => now.saturating_sub(duration).unwrap_or(now),
        }
    }

    pub(super) fn after(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(instant) => instant,
            Self::Away(duration) => now.saturating_add(duration).unwrap_or(now),
        }
    }
}

/// Reads `2026-11-23T10:00:00Z` or `15m`.
pub(super) fn when(text: &str) -> Result<When, String> {
    let instant = text.parse().ok().map(When::At);
    let away = || SignedDuration::read(text).map(When::Away);
    instant
        .or_else(away)
        .ok_or_else(|| format!("write an instant, `2026-11-23T10:00:00Z`, or {}", SignedDuration::SHAPE))
}

/// Reads `15m`.
pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    SignedDuration::read(text).ok_or_else(|| format!("write {}", SignedDuration::SHAPE))
}
