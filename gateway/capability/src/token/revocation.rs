//! What a revocation list holds.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Ed25519 signatures, which revocation ids are.
const LENGTH: usize = 64;

/// The text is not 64 bytes in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a revocation id is 64 bytes in hexadecimal")]
pub struct NotARevocationId;

/// The signature of one block. Listing it kills the token that ends in this block and everything derived from it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RevocationId(Vec<u8>);

impl RevocationId {
    /// Reads the hexadecimal form, in either case.
    pub fn parse(text: &str) -> Result<Self, NotARevocationId> {
        if text.len() != 2 * LENGTH {
            return Err(NotARevocationId);
        }
        hex::decode(text).map(Self).map_err(|_| NotARevocationId)
    }

    /// Takes a block's signature.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotARevocationId> {
        if bytes.len() == LENGTH { Ok(Self(bytes.to_vec())) } else { Err(NotARevocationId) }
    }

    /// The signature.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for RevocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(&self.0))
    }
}

impl fmt::Debug for RevocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationId({self})")
    }
}

impl FromStr for RevocationId {
    type Err = NotARevocationId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for RevocationId {
    type Error = NotARevocationId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<RevocationId> for String {
    fn from(id: RevocationId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revocation_id_is_the_same_in_either_case() {
        let id = RevocationId::from_bytes(&[0xab; 64]).expect("64 bytes");
        assert_eq!(id.to_string().to_uppercase().parse(), Ok(id.clone()));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("ab".parse::<RevocationId>().is_err() && RevocationId::parse(&"zz".repeat(64)).is_err());
    }
}
