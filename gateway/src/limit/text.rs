//! Limits in words.

use super::{Limit, Limited};

const SIZES: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

impl Limit {
    /// As policy writes it: `600/m`, `200MiB/d`.
    pub fn written(self, limited: Limited) -> String {
        let amount = match limited {
            Limited::Requests | Limited::Pushes => self.amount.to_string(),
            Limited::PushBytes => size(self.amount),
        };
        format!("{amount}/{}", self.per.as_str())
    }
}

impl Limited {
    /// What has happened where there is none left.
    pub(super) const fn used_up(self) -> &'static str {
        match self {
            Self::Requests => "the agent has made all its `requests`",
            Self::Pushes => "the agent has made all its `pushes`",
            Self::PushBytes => "this is more than is left of the agent's `push_bytes`",
        }
    }
}

/// In the largest unit that says it exactly.
fn size(bytes: u64) -> String {
    let unit = SIZES.iter().find(|(_, worth)| bytes.is_multiple_of(*worth));
    unit.map_or_else(|| format!("{bytes}B"), |(unit, worth)| format!("{}{unit}", bytes / worth))
}

/// Seconds, and what they are where nobody counts in seconds: `8640 s (2 h 24 min)`.
pub(super) fn duration(seconds: u32) -> String {
    let minutes = seconds.div_ceil(60);
    match (minutes / 60, minutes % 60) {
        _ if seconds <= 120 => format!("{seconds} s"),
        (0, minutes) => format!("{seconds} s ({minutes} min)"),
        (hours, 0) => format!("{seconds} s ({hours} h)"),
        (hours, minutes) => format!("{seconds} s ({hours} h {minutes} min)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::Period;

    #[test]
    fn a_limit_is_told_as_it_is_written() {
        let limit = |amount, per| Limit { amount, per };
        assert_eq!(limit(600, Period::Minute).written(Limited::Requests), "600/m");
        assert_eq!(limit(200 << 20, Period::Day).written(Limited::PushBytes), "200MiB/d");
        assert_eq!(limit(1 << 40, Period::Hour).written(Limited::PushBytes), "1TiB/h");
        assert_eq!(limit(1025, Period::Second).written(Limited::PushBytes), "1025B/s");
    }

    #[test]
    fn a_long_wait_is_told_in_hours_too() {
        assert_eq!(duration(40), "40 s");
        assert_eq!(duration(121), "121 s (3 min)");
        assert_eq!(duration(8640), "8640 s (2 h 24 min)");
        assert_eq!(duration(7200), "7200 s (2 h)");
        assert_eq!(duration(7199), "7199 s (2 h)");
    }
}
