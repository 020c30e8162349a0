//! Times on the command line: an instant, or how long ago (or from now).

use jiff::{SignedDuration, Timestamp};

use crate::quantity::counted;

/// How a duration is written.
pub const DURATION: &str = "a whole number above 0 and one of s, m, h, d: `15m`";

const UNITS: &[(&str, u64)] = &[("s", 1), ("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60)];
/// Longer than anything here lives; keeps every sum of two durations and an instant representable.
const LONGEST_SECONDS: u64 = 100 * 365 * 24 * 60 * 60;

/// An instant, or a duration whose direction the option says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// This instant.
    At(Timestamp),
    /// So long before now, or after.
    Away(SignedDuration),
}

impl When {
    /// The instant, if a duration leads into the past.
    #[must_use]
    pub fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(instant) => instant,
            Self::Away(duration) => now.saturating_sub(duration).unwrap_or(now),
        }
    }

    /// The instant, if a duration leads into the future.
    #[must_use]
    pub fn after(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(instant) => instant,
            Self::Away(duration) => now.saturating_add(duration).unwrap_or(now),
        }
    }
}

/// Reads `15m`.
pub fn read_duration(text: &str) -> Option<SignedDuration> {
    let seconds = counted(text, UNITS).filter(|&seconds| seconds <= LONGEST_SECONDS)?;
    i64::try_from(seconds).ok().map(SignedDuration::from_secs)
}

/// Reads `2026-11-23T10:00:00Z` or `15m`, as an argument.
pub fn when(text: &str) -> Result<When, String> {
    let instant = text.parse().ok().map(When::At);
    let away = || read_duration(text).map(When::Away);
    instant.or_else(away).ok_or_else(|| format!("write an instant, `2026-11-23T10:00:00Z`, or {DURATION}"))
}

/// Reads `15m`, as an argument.
pub fn duration(text: &str) -> Result<SignedDuration, String> {
    read_duration(text).ok_or_else(|| format!("write {DURATION}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_one_number_and_one_unit() {
        assert_eq!(read_duration("15m"), Some(SignedDuration::from_mins(15)));
        assert_eq!(read_duration("30d"), Some(SignedDuration::from_hours(30 * 24)));
        for wrong in ["", "15", "m", "0m", "-1m", "1.5h", "1h30m", "15 m", "99999999999999999999s", "9999999999d"] {
            assert_eq!(read_duration(wrong), None, "{wrong:?}");
        }
    }
}
