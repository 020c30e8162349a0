//! The name of a Git object.

use std::fmt;

/// Bytes of a SHA-1 object name in hexadecimal.
pub const HEX_LENGTH: usize = 40;

/// A SHA-1 object name, or zero where there is no object.
///
/// SHA-256 repositories do not exist on a Gogs, which advertises `object-format=sha1` (Gogs 0.14.3, recorded).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId([u8; HEX_LENGTH / 2]);

impl ObjectId {
    /// Stands for "no object": the old side of a creation, the new side of a deletion.
    pub const ZERO: Self = Self([0; HEX_LENGTH / 2]);

    /// Reads forty lower-case hexadecimal digits, the one spelling git itself writes.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.len() != HEX_LENGTH {
            return None;
        }
        let mut bytes = [0; HEX_LENGTH / 2];
        for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// Whether it stands for "no object".
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_prints_as_it_was_read() {
        let text = "ff48dad925a3a56b5e7fd5be89e3b6d899f96946";
        assert_eq!(ObjectId::parse(text.as_bytes()).map(|id| id.to_string()).as_deref(), Some(text));
    }

    #[test]
    fn only_forty_lower_case_digits_are_an_id() {
        for text in [&"0".repeat(39), &"0".repeat(41), &"0".repeat(64), &"A".repeat(40), &"g".repeat(40), ""] {
            assert_eq!(ObjectId::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn zero_stands_for_no_object() {
        assert_eq!(ObjectId::parse(&[b'0'; 40]), Some(ObjectId::ZERO));
        assert!(ObjectId::ZERO.is_zero());
    }
}
