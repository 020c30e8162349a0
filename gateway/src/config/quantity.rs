//! Durations and sizes, as people write them: one whole number and one unit.

use jiff::SignedDuration;

use super::spelling::Spelling;

const DURATIONS: &[(&str, u64)] = &[("s", 1), ("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60)];
const SIZES: &[(&str, u64)] = &[("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1)];
/// Longer than anything here lives; keeps every sum of two durations and an instant representable.
const LONGEST_SECONDS: u64 = 100 * 365 * 24 * 60 * 60;

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl Spelling for SignedDuration {
    const KIND: &'static str = "a duration";
    const SHAPE: &'static str = "a whole number above 0 and one of s, m, h, d: `15m`";

    fn read(text: &str) -> Option<Self> {
        let seconds = counted(text, DURATIONS).filter(|&seconds| seconds <= LONGEST_SECONDS)?;
        i64::try_from(seconds).ok().map(Self::from_secs)
    }
}

impl Spelling for Size {
    const KIND: &'static str = "a size";
    const SHAPE: &'static str = "a whole number above 0 and one of B, KiB, MiB, GiB, TiB: `20GiB`";

    fn read(text: &str) -> Option<Self> {
        counted(text, SIZES).map(Self)
    }
}

fn counted(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, worth) = units.iter().find(|(name, _)| *name == unit)?;
    digits.parse::<u64>().ok()?.checked_mul(*worth).filter(|&count| count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_one_number_and_one_unit() {
        assert_eq!(SignedDuration::read("15m"), Some(SignedDuration::from_mins(15)));
        assert_eq!(SignedDuration::read("30d"), Some(SignedDuration::from_hours(30 * 24)));
        assert_eq!(Size::read("20GiB"), Some(Size(20 << 30)));
        for wrong in ["", "15", "m", "0m", "-1m", "1.5h", "1h30m", "15 m", "99999999999999999999s", "9999999999d"] {
            assert_eq!(SignedDuration::read(wrong), None, "{wrong:?}");
        }
    }
}
