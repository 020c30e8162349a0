//! Percent escapes of a path (RFC 3986 §2.1): undone once, strictly, and written anew for the forge.
//!
//! Gogs undoes them too, of each segment once, and compares the whole path undone with its static routes (0.14.3,
//! `router.go:290`). So an escape may only stand for what has no other meaning in a path: nothing that is written without
//! one (then every name would have two spellings, and `..` or a route could be disguised), no separator, no control
//! character, and no `%`, of which somebody behind us might make an escape again.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Why a segment is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum EscapeError {
    /// `%` without two hexadecimal digits.
    #[error("a percent escape is not two hexadecimal digits")]
    Garbled,
    /// It stands for a character that is written as it is, or that no name has.
    #[error("`%{0:02X}` is not taken in a path")]
    NotTaken(u8),
    /// What it stands for is no text.
    #[error("a segment is not UTF-8 once its escapes are undone")]
    NotText,
    /// What it stands for cannot be seen.
    #[error("a segment has a control character once its escapes are undone")]
    Control,
}

/// What is written as it is: RFC 3986 path characters that mean only themselves, unreserved, and those sub-delimiters file
/// names really have.
const PLAIN: &[u8] = b"-._~@+,:=!$&'()";

const ESCAPED: &AsciiSet = &plain_removed(NON_ALPHANUMERIC, 0);

const fn plain_removed(set: &'static AsciiSet, from: usize) -> AsciiSet {
    let mut left = set.remove(PLAIN[from]);
    let mut next = from + 1;
    while next < PLAIN.len() {
        left = left.remove(PLAIN[next]);
        next += 1;
    }
    left
}

/// Whether a character means only itself.
pub(super) fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || (character.is_ascii() && PLAIN.contains(&(character as u8)))
}

/// A segment without its escapes.
pub(super) fn undone(segment: &str) -> Result<Cow<'_, str>, EscapeError> {
    if !segment.contains('%') {
        return Ok(Cow::Borrowed(segment));
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let (byte, tail) = if first == b'%' { escape(tail)? } else { (first, tail) };
        bytes.push(byte);
        rest = tail;
    }
    let text = String::from_utf8(bytes).map_err(|_| EscapeError::NotText)?;
    if text.chars().any(char::is_control) { Err(EscapeError::Control) } else { Ok(Cow::Owned(text)) }
}

/// A segment as it is sent to the forge.
pub(super) fn done(segment: &str) -> impl std::fmt::Display {
    utf8_percent_encode(segment, ESCAPED)
}

/// The byte an escape stands for, and what is behind it.
fn escape(tail: &[u8]) -> Result<(u8, &[u8]), EscapeError> {
    let (digits, rest) = tail.split_at_checked(2).ok_or(EscapeError::Garbled)?;
    let mut byte = [0];
    hex::decode_to_slice(digits, &mut byte).map_err(|_| EscapeError::Garbled)?;
    let is_unreserved = byte[0].is_ascii_alphanumeric() || b"-._~".contains(&byte[0]);
    if is_unreserved || b"/\\%".contains(&byte[0]) || byte[0].is_ascii_control() {
        return Err(EscapeError::NotTaken(byte[0]));
    }
    Ok((byte[0], rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_an_escape_is_undone_and_done_again() {
        for (written, meant, forwarded) in [
            ("a%20b.md", "a b.md", "a%20b.md"),
            ("%C3%BCber.md", "über.md", "%C3%BCber.md"),
            ("%c3%bcber.md", "über.md", "%C3%BCber.md"),
            ("a%2Bb%40c", "a+b@c", "a+b@c"),
            ("a+b", "a+b", "a+b"),
            ("%23%3F%5B%2A%5D", "#?[*]", "%23%3F%5B%2A%5D"),
            ("%F0%9F%A6%80", "🦀", "%F0%9F%A6%80"),
            ("plain-._~", "plain-._~", "plain-._~"),
        ] {
            let undone = undone(written).expect(written);
            assert_eq!((undone.as_ref(), done(&undone).to_string().as_str()), (meant, forwarded));
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let taken: Vec<u8> = (0..=0x7f).filter(|byte| undone(&format!("x%{byte:02x}")).is_ok()).collect();
        assert_eq!(String::from_utf8(taken).expect("ASCII"), " !\"#$&'()*+,:;<=>?@[]^`{|}");
        for (written, error) in [
            ("%", EscapeError::Garbled),
            ("a%2", EscapeError::Garbled),
            ("%+2", EscapeError::Garbled),
            ("%u0041", EscapeError::Garbled),
            ("%2e%2e", EscapeError::NotTaken(b'.')),
            ("a%2Fb", EscapeError::NotTaken(b'/')),
            ("a%5cb", EscapeError::NotTaken(b'\\')),
            ("%252e", EscapeError::NotTaken(b'%')),
            ("%00", EscapeError::NotTaken(0)),
            ("%FF", EscapeError::NotText),
            ("%C0%AF", EscapeError::NotText),
            ("%ED%A0%80", EscapeError::NotText),
            ("%E2%82", EscapeError::NotText),
            ("%C2%85", EscapeError::Control),
        ] {
            assert_eq!(undone(written), Err(error), "{written}");
        }
    }
}
