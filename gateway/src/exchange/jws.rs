//! A JSON Web Signature before and after its signature is checked.
//!
//! Whatever the header could say to choose its own judge is refused before any key is looked at (RFC 8725 §3.1, §3.10):
//! the algorithm is one of a closed list and must be one the *key* allows, keys by value or by address (`jwk`, `jku`,
//! `x5u`) are not taken, and neither is a `crit` that we would have to understand.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use super::claims::Claims;
use crate::json;

/// Longer than the ID tokens of providers that write every group of a user into them (16 KiB is their header limit too).
const TEXT_AT_MOST: usize = 16 * 1024;

/// A key id longer than this names nothing anyone publishes.
const KEY_ID_AT_MOST: usize = 256;

/// Header members that would let a token bring its own key, or its own rules.
const REFUSED_MEMBERS: [&str; 4] = ["crit", "jwk", "jku", "x5u"];

/// A JWS whose shape and header are in order, and nothing more: what it says may be a lie.
pub(super) struct UnverifiedJws<'a> {
    signed: &'a str,
    signature: &'a str,
    claims: Map<String, Value>,
    /// One of the closed list.
    pub(super) algorithm: Algorithm,
    /// Which key is said to have signed it.
    pub(super) key_id: Option<String>,
    /// What kind of JWT it says it is, without the optional `application/` (RFC 7515 §4.1.9).
    pub(super) kind: Option<String>,
}

/// A key and the algorithms it may be used with: the key's word, never the token's (RFC 8725 §3.1).
#[derive(Clone)]
pub(super) struct VerifyingKey {
    pub(super) id: Option<String>,
    pub(super) algorithms: &'static [Algorithm],
    pub(super) key: DecodingKey,
}

/// Why a JWS is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum JwsError {
    #[error("it is longer than {TEXT_AT_MOST} bytes")]
    TooLong,
    #[error("it is not a JWS in compact form")]
    Shape,
    #[error("its header is not a JSON object with every name once")]
    Header,
    #[error("its header holds `{0}`, which is not taken")]
    Member(&'static str),
    #[error("its algorithm is not one of RS256, PS256, ES256, ES384, EdDSA")]
    Algorithm,
    #[error("its `kid` is not a short text")]
    KeyId,
    #[error("its payload is not a JSON object with every name once")]
    Payload,
    #[error("no key that may sign it verifies it")]
    Signature,
}

impl<'a> UnverifiedJws<'a> {
    /// Takes the compact form apart (RFC 7515 §7.1).
    pub(super) fn parse(text: &'a str) -> Result<Self, JwsError> {
        if text.len() > TEXT_AT_MOST {
            return Err(JwsError::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JwsError::Shape)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Shape)?;
        let [header, payload, _] = [segment(header)?, segment(payload)?, segment(signature)?];
        let header = json::object(&header).map_err(|_| JwsError::Header)?;
        if let Some(member) = REFUSED_MEMBERS.into_iter().find(|member| header.contains_key(*member)) {
            return Err(JwsError::Member(member));
        }
        Ok(Self {
            signed,
            signature,
            claims: json::object(&payload).map_err(|_| JwsError::Payload)?,
            algorithm: algorithm(&header)?,
            key_id: key_id(&header)?,
            kind: kind(&header)?,
        })
    }

    /// Who is *said* to have issued it: good for choosing whose keys to try, and for nothing else.
    pub(super) fn claimed_issuer(&self) -> Option<&str> {
        self.claims.get("iss").and_then(Value::as_str)
    }

    /// Whether `key` may be meant: it allows the algorithm and, where the token names a key, has that name.
    pub(super) fn may_be_by(&self, key: &VerifyingKey) -> bool {
        let named = self.key_id.is_none() || self.key_id == key.id;
        named && key.algorithms.contains(&self.algorithm)
    }

    /// Whether `key` made the signature.
    pub(super) fn is_by(&self, key: &VerifyingKey) -> bool {
        key.algorithms.contains(&self.algorithm)
            && jsonwebtoken::crypto::verify(self.signature, self.signed.as_bytes(), &key.key, self.algorithm)
                .unwrap_or(false)
    }

    /// The claims, and which of `keys` made the signature. Every key is tried, so the cost does not tell which it was.
    pub(super) fn verify<'k>(
        self,
        keys: impl IntoIterator<Item = &'k VerifyingKey>,
    ) -> Result<(Claims, &'k VerifyingKey), JwsError> {
        let by = keys.into_iter().fold(None, |by, key| if self.is_by(key) { Some(key) } else { by });
        by.map(|key| (Claims::of(self.claims), key)).ok_or(JwsError::Signature)
    }
}

/// One base64url segment, not empty, without padding or stray bits.
fn segment(text: &str) -> Result<Vec<u8>, JwsError> {
    match BASE64_URL_SAFE_NO_PAD.decode(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        _ => Err(JwsError::Shape),
    }
}

fn algorithm(header: &Map<String, Value>) -> Result<Algorithm, JwsError> {
    match header.get("alg").and_then(Value::as_str) {
        Some("RS256") => Ok(Algorithm::RS256),
        Some("PS256") => Ok(Algorithm::PS256),
        Some("ES256") => Ok(Algorithm::ES256),
        Some("ES384") => Ok(Algorithm::ES384),
        Some("EdDSA") => Ok(Algorithm::EdDSA),
        _ => Err(JwsError::Algorithm),
    }
}

fn key_id(header: &Map<String, Value>) -> Result<Option<String>, JwsError> {
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(id)) if id.len() <= KEY_ID_AT_MOST => Ok(Some(id.clone())),
        Some(_) => Err(JwsError::KeyId),
    }
}

fn kind(header: &Map<String, Value>) -> Result<Option<String>, JwsError> {
    let Some(kind) = header.get("typ") else { return Ok(None) };
    let kind = kind.as_str().ok_or(JwsError::Header)?.to_ascii_lowercase();
    Ok(Some(kind.strip_prefix("application/").map_or(kind.clone(), str::to_owned)))
}
