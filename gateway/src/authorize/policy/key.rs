//! The public keys agents prove themselves with: Ed25519 only, written as OpenSSH or PEM.

use std::fmt;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use sha2::{Digest, Sha256};

/// RFC 4253 §6.6 with RFC 8709 §4: the blob is the algorithm's name, then the key, each behind its length.
const SSH_PREFIX: &[u8] = b"\0\0\0\x0bssh-ed25519\0\0\0\x20";
/// RFC 8410 §4: everything of a `SubjectPublicKeyInfo` before the key is the same for every Ed25519 key.
const SPKI_PREFIX: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

/// An Ed25519 public key and the name its holder may call it by.
#[derive(Clone, PartialEq, Eq)]
pub struct AgentKey {
    bytes: [u8; 32],
    thumbprint: String,
}

/// Why a text is not a key an agent can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The private half was given.
    #[error("a private key stands where the public half belongs")]
    Private,
    /// It is a key of another algorithm.
    #[error("this key is not an Ed25519 key")]
    NotEd25519,
    /// It is no key.
    #[error("this is neither an OpenSSH line nor a PEM public key")]
    Unreadable,
}

impl AgentKey {
    /// Reads an OpenSSH line or a PEM block.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.contains("PRIVATE KEY") {
            Err(KeyError::Private)
        } else if text.starts_with("-----BEGIN ") {
            Self::from_pem(text)
        } else {
            Self::from_openssh(text)
        }
    }

    /// The key whose 32 bytes these are.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        // RFC 7638 §3 with RFC 8037 §2: the required members in lexicographic order, without white space.
        let x = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Self { bytes, thumbprint: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(jwk)) }
    }

    /// The key itself.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Its RFC 7638 thumbprint, which an assertion may name as `kid`.
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Its fingerprint as `ssh-keygen -l` shows it.
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest([SSH_PREFIX, &self.bytes].concat())))
    }

    /// The key as an OpenSSH line, without a comment.
    pub fn to_openssh(&self) -> String {
        format!("ssh-ed25519 {}", BASE64_STANDARD.encode([SSH_PREFIX, &self.bytes].concat()))
    }

    fn from_openssh(line: &str) -> Result<Self, KeyError> {
        let mut words = line.split_ascii_whitespace();
        let (Some(algorithm), Some(blob)) = (words.next(), words.next()) else { return Err(KeyError::Unreadable) };
        if algorithm != "ssh-ed25519" {
            let is_other = ["ssh-", "ecdsa-", "sk-"].iter().any(|start| algorithm.starts_with(start));
            return Err(if is_other { KeyError::NotEd25519 } else { KeyError::Unreadable });
        }
        let blob = BASE64_STANDARD.decode(blob).map_err(|_| KeyError::Unreadable)?;
        Self::after(SSH_PREFIX, &blob).ok_or(KeyError::Unreadable)
    }

    fn from_pem(text: &str) -> Result<Self, KeyError> {
        let body = text
            .strip_prefix("-----BEGIN PUBLIC KEY-----")
            .and_then(|rest| rest.strip_suffix("-----END PUBLIC KEY-----"))
            .ok_or(KeyError::Unreadable)?;
        let body: String = body.split_ascii_whitespace().collect();
        let der = BASE64_STANDARD.decode(body).map_err(|_| KeyError::Unreadable)?;
        Self::after(SPKI_PREFIX, &der).ok_or(KeyError::NotEd25519)
    }

    fn after(prefix: &[u8], encoded: &[u8]) -> Option<Self> {
        encoded.strip_prefix(prefix)?.try_into().ok().map(Self::from_bytes)
    }
}

impl fmt::Debug for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AgentKey").field(&self.thumbprint).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8037, appendix A.2; its thumbprint is in A.3.
    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

    fn key() -> [u8; 32] {
        BASE64_URL_SAFE_NO_PAD.decode(X).expect("base64").try_into().expect("32 bytes")
    }

    fn openssh() -> String {
        format!("{} ci-web", AgentKey::from_bytes(key()).to_openssh())
    }

    #[test]
    fn both_spellings_of_a_key_give_the_thumbprint_of_rfc_8037() {
        let pem = BASE64_STANDARD.encode([SPKI_PREFIX, &key()].concat());
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{pem}\n-----END PUBLIC KEY-----\n");
        for text in [openssh(), pem] {
            let parsed = AgentKey::parse(&text).expect("a key");
            assert_eq!((parsed.thumbprint(), parsed.bytes()), (THUMBPRINT, &key()));
        }
    }

    #[test]
    fn what_is_not_an_ed25519_public_key_is_refused_by_what_it_is() {
        let private = "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----";
        assert_eq!(AgentKey::parse(private), Err(KeyError::Private));
        assert_eq!(AgentKey::parse("-----BEGIN OPENSSH PRIVATE KEY-----"), Err(KeyError::Private));
        assert_eq!(AgentKey::parse("ssh-rsa AAAAB3Nza"), Err(KeyError::NotEd25519));
        let p256 = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcD\n-----END PUBLIC KEY-----";
        assert_eq!(AgentKey::parse(p256), Err(KeyError::NotEd25519));
        let cut = &openssh()[..60];
        for text in ["", "ssh-ed25519", "hello world", cut] {
            assert_eq!(AgentKey::parse(text), Err(KeyError::Unreadable), "{text:?}");
        }
    }
}
