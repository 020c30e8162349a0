//! Durations, sizes and limits, as people write them: one whole number and one unit, and for a limit a period.

use gogs_spanner_cli::{DURATION, counted, read_duration};
use jiff::SignedDuration;

use super::spelling::Spelling;
use crate::limit::{Limit, Period};

const SIZES: &[(&str, u64)] = &[("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1)];

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

/// So many in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(pub Limit);

/// So many bytes in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow(pub Limit);

impl Spelling for SignedDuration {
    const KIND: &'static str = "a duration";
    const SHAPE: &'static str = DURATION;

    fn read(text: &str) -> Option<Self> {
        read_duration(text)
    }
}

impl Spelling for Size {
    const KIND: &'static str = "a size";
    const SHAPE: &'static str = "a whole number above 0 and one of B, KiB, MiB, GiB, TiB: `20GiB`";

    fn read(text: &str) -> Option<Self> {
        counted(text, SIZES).map(Self)
    }
}

impl Spelling for Rate {
    const KIND: &'static str = "a limit on how often";
    const SHAPE: &'static str = "a whole number above 0, `/`, and one of s, m, h, d: `600/m`";

    fn read(text: &str) -> Option<Self> {
        per_period(text, whole).map(Self)
    }
}

impl Spelling for Flow {
    const KIND: &'static str = "a limit on how much";
    const SHAPE: &'static str = "a size, `/`, and one of s, m, h, d: `200MiB/d`";

    fn read(text: &str) -> Option<Self> {
        per_period(text, |amount| counted(amount, SIZES)).map(Self)
    }
}

/// The store's numbers have a sign, so half of what 64 bits count is the most of anything.
fn per_period(text: &str, amount: impl Fn(&str) -> Option<u64>) -> Option<Limit> {
    let (written, letter) = text.split_once('/')?;
    let amount = amount(written).filter(|amount| i64::try_from(*amount).is_ok())?;
    Some(Limit { amount, per: Period::of(letter)? })
}

fn whole(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&number: &u64| digits && number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_an_amount_and_one_period() {
        assert_eq!(Rate::read("600/m"), Some(Rate(Limit { amount: 600, per: Period::Minute })));
        assert_eq!(Flow::read("200MiB/d"), Some(Flow(Limit { amount: 200 << 20, per: Period::Day })));
        assert_eq!(Flow::read("1B/s"), Some(Flow(Limit { amount: 1, per: Period::Second })));
        for wrong in
            ["", "/", "600", "600/", "/m", "0/m", "-1/m", "+1/m", "1.5/m", "6 /m", "6/ m", "6/M", "6/2m", "6/min"]
        {
            assert_eq!(Rate::read(wrong), None, "{wrong:?}");
        }
        for wrong in ["200/d", "200MB/d", "0MiB/d", "200mib/d", "200MiB", "200MiB/week", "9999999TiB/d", "1MiB/d/d"] {
            assert_eq!(Flow::read(wrong), None, "{wrong:?}");
        }
        assert_eq!(Rate::read("10MiB/d"), None, "pushes are not counted in bytes");
    }

    #[test]
    fn a_size_is_one_number_and_one_unit() {
        assert_eq!(Size::read("20GiB"), Some(Size(20 << 30)));
        for wrong in ["", "20", "GiB", "0B", "20GB", "20 GiB", "20gib"] {
            assert_eq!(Size::read(wrong), None, "{wrong:?}");
        }
    }
}
