//! Durations and sizes, as people write them: one whole number and one unit.

use gogs_spanner_cli::{DURATION, counted, read_duration};
use jiff::SignedDuration;

use super::spelling::Spelling;

const SIZES: &[(&str, u64)] = &[("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1)];

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_one_number_and_one_unit() {
        assert_eq!(Size::read("20GiB"), Some(Size(20 << 30)));
        for wrong in ["", "20", "GiB", "0B", "20GB", "20 GiB", "20gib"] {
            assert_eq!(Size::read(wrong), None, "{wrong:?}");
        }
    }
}
