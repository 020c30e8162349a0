//! The text form: a prefix + base64url of (bytes ‖ their CRC-32), so that secret scanners and people know one when they
//! see one, and a truncated paste is told from a forged token. The prefix says which kind of credential it is.

use std::{fmt, marker::PhantomData, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// What every token begins with.
pub const PREFIX: &str = "gsp_";
/// What every ticket begins with.
pub const TICKET_PREFIX: &str = "gst_";
/// What every sign-in begins with.
pub const SIGN_IN_PREFIX: &str = "gsi_";
/// The most bytes a token has; as a Basic header it stays under the 8 KiB line of common proxies.
pub const TOKEN_MAX: usize = 4096;
const CHECKSUM: usize = 4;
/// The text of the largest token after its prefix: base64 writes three bytes as four characters.
const ENCODED_MAX: usize = (TOKEN_MAX + CHECKSUM).div_ceil(3) * 4;

/// A kind of credential; the one is never read where the other is expected.
pub trait Kind: fmt::Debug {
    /// What its text begins with.
    const PREFIX: &'static str;
}

/// The kind that callers hold and may narrow.
#[derive(Debug, Clone, Copy)]
pub enum TokenKind {}

/// The kind the gateway gives out for one LFS object.
#[derive(Debug, Clone, Copy)]
pub enum TicketKind {}

/// The kind the gateway gives to a person who signed in.
#[derive(Debug, Clone, Copy)]
pub enum SignInKind {}

impl Kind for TokenKind {
    const PREFIX: &'static str = PREFIX;
}

impl Kind for TicketKind {
    const PREFIX: &'static str = TICKET_PREFIX;
}

impl Kind for SignInKind {
    const PREFIX: &'static str = SIGN_IN_PREFIX;
}

/// The text is not a whole token. Public: it says nothing a caller could not see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It does not begin with the prefix of its kind.
    #[error("a token begins with gsp_")]
    Prefix,
    /// It is longer than any token.
    #[error("a token has at most 4096 bytes")]
    Length,
    /// It is not base64url without padding.
    #[error("a token is base64url without padding")]
    Encoding,
    /// The checksum does not fit: it was cut or mistyped.
    #[error("the token's checksum does not fit")]
    Checksum,
}

/// A credential as it is presented. It is a secret: `Debug` prints a fingerprint, memory is wiped.
pub struct Text<K> {
    written: Zeroizing<String>,
    bytes: Zeroizing<Vec<u8>>,
    kind: PhantomData<K>,
}

/// A token as it is presented.
pub type TokenText = Text<TokenKind>;

/// A ticket as it is presented.
pub type TicketText = Text<TicketKind>;

/// A sign-in as it is presented.
pub type SignInText = Text<SignInKind>;

impl<K: Kind> Text<K> {
    /// Parses the text form. Each token has exactly one.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let encoded = text.strip_prefix(K::PREFIX).ok_or(Malformed::Prefix)?;
        if encoded.len() > ENCODED_MAX {
            return Err(Malformed::Length);
        }
        let mut bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Malformed::Encoding)?);
        let length = bytes.len().checked_sub(CHECKSUM).filter(|&length| length > 0).ok_or(Malformed::Checksum)?;
        if length > TOKEN_MAX {
            return Err(Malformed::Length);
        }
        if crc32fast::hash(&bytes[..length]).to_be_bytes() != bytes[length..] {
            return Err(Malformed::Checksum);
        }
        bytes.truncate(length);
        Ok(Self { written: Zeroizing::new(text.to_owned()), bytes, kind: PhantomData })
    }

    /// Writes a token's bytes.
    pub(crate) fn from_bytes(bytes: Zeroizing<Vec<u8>>) -> Result<Self, Malformed> {
        if bytes.len() > TOKEN_MAX {
            return Err(Malformed::Length);
        }
        let mut whole = Zeroizing::new(Vec::with_capacity(bytes.len() + CHECKSUM));
        whole.extend_from_slice(&bytes);
        whole.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(&*whole));
        let mut text = Zeroizing::new(String::with_capacity(K::PREFIX.len() + encoded.len()));
        text.push_str(K::PREFIX);
        text.push_str(&encoded);
        Ok(Self { written: text, bytes, kind: PhantomData })
    }

    /// The secret itself, to be sent or handed out, never to be logged.
    pub fn expose(&self) -> &str {
        &self.written
    }

    /// The token's bytes without prefix and checksum.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the exact text presented: the key a verified token may be cached under.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.written.as_bytes()).into()
    }
}

impl<K> Clone for Text<K> {
    fn clone(&self) -> Self {
        Self { written: self.written.clone(), bytes: self.bytes.clone(), kind: PhantomData }
    }
}

impl<K> PartialEq for Text<K> {
    fn eq(&self, other: &Self) -> bool {
        self.written.as_bytes().ct_eq(other.written.as_bytes()).into()
    }
}

impl<K> Eq for Text<K> {}

impl<K: Kind> FromStr for Text<K> {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl<K: Kind> fmt::Debug for Text<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…{}", K::PREFIX, hex::encode(&self.digest()[..4]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text_of(bytes: &[u8]) -> TokenText {
        TokenText::from_bytes(Zeroizing::new(bytes.to_vec())).expect("small enough")
    }

    #[test]
    fn a_text_that_is_no_token_is_told_what_is_wrong_with_it() {
        let cases = [
            ("", Malformed::Prefix),
            ("ghp_AAAA", Malformed::Prefix),
            ("gsp_", Malformed::Checksum),
            ("gsp_AAAA=", Malformed::Encoding),
            ("gsp_AA+/", Malformed::Encoding),
            ("gsp_AAAAAAAA", Malformed::Checksum),
        ];
        for (text, why) in cases {
            assert_eq!(TokenText::parse(text).err(), Some(why), "{text}");
        }
        assert_eq!(TokenText::parse(&format!("gsp_{}", "A".repeat(1 << 20))).err(), Some(Malformed::Length));
    }

    #[test]
    fn a_ticket_is_no_token_and_a_token_no_ticket() {
        let token = text_of(b"the same bytes");
        let ticket = TicketText::from_bytes(Zeroizing::new(token.bytes().to_vec())).expect("small enough");
        assert_eq!(TicketText::parse(token.expose()).err(), Some(Malformed::Prefix));
        assert_eq!(TokenText::parse(ticket.expose()).err(), Some(Malformed::Prefix));
        assert_ne!(ticket.digest(), token.digest());
    }

    #[test]
    fn the_largest_token_fits_and_one_byte_more_does_not() {
        assert!(TokenText::parse(text_of(&[7; TOKEN_MAX]).expose()).is_ok());
        assert!(TokenText::from_bytes(Zeroizing::new(vec![7; TOKEN_MAX + 1])).is_err());
    }

    #[test]
    fn debug_shows_a_fingerprint_and_nothing_of_the_token() {
        let token = text_of(b"the secret");
        let shown = format!("{token:?}");
        assert_eq!(shown.chars().count(), "gsp_…12345678".chars().count());
        assert!(!token.expose().contains(&shown[shown.len() - 8..]));
    }

    proptest! {
        #[test]
        fn parsing_what_was_written_gives_the_same_token(bytes in proptest::collection::vec(any::<u8>(), 1..200)) {
            let token = text_of(&bytes);
            let parsed = TokenText::parse(token.expose()).expect("our own text");
            prop_assert_eq!(parsed.bytes(), &bytes[..]);
            prop_assert_eq!(&parsed, &token);
            prop_assert_eq!(parsed.digest(), token.digest());
        }

        #[test]
        fn a_changed_character_is_refused(bytes in proptest::collection::vec(any::<u8>(), 1..60), at in 0usize..80, to in "[A-Za-z0-9_-]") {
            let text = text_of(&bytes).expose().to_owned();
            let at = at % text.len();
            let changed = format!("{}{to}{}", &text[..at], &text[at + 1..]);
            prop_assume!(changed != text);
            prop_assert!(TokenText::parse(&changed).is_err());
        }
    }
}
