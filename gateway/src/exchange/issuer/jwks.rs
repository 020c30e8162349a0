//! An issuer's published keys (RFC 7517), each with the algorithms it may verify.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use crate::exchange::jws::VerifyingKey;

/// More keys than any issuer publishes; each may be tried against a signature.
const KEYS_AT_MOST: usize = 64;

/// A set of keys as published.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

/// The members of a key that matter here (RFC 7518 §6, RFC 8037 §2).
#[derive(Deserialize)]
struct PublishedKey {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// Reads the keys that can verify. Others are passed over: an issuer may publish kinds we do not know (RFC 7517 §5).
pub(super) fn read(document: &[u8]) -> Result<Vec<VerifyingKey>, serde_json::Error> {
    let published: KeySet = serde_json::from_slice(document)?;
    let keys = published.keys.into_iter().take(KEYS_AT_MOST);
    Ok(keys.filter_map(|key| serde_json::from_value(key).ok()).filter_map(PublishedKey::verifying).collect())
}

impl PublishedKey {
    fn verifying(self) -> Option<VerifyingKey> {
        let is_for_signatures = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
        if !is_for_signatures {
            return None;
        }
        let (key, allowed) = self.material()?;
        Some(VerifyingKey { algorithms: self.narrowed(allowed)?, id: self.kid, key })
    }

    /// The key with what its type allows. There is no row for `oct`: a shared secret proves nothing to a third party.
    fn material(&self) -> Option<(DecodingKey, &'static [Algorithm])> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", None) => {
                let (n, e) = (bytes(self.n.as_ref(), 256..=1024)?, bytes(self.e.as_ref(), 1..=8)?);
                Some((DecodingKey::from_rsa_raw_components(&n, &e), &[Algorithm::RS256, Algorithm::PS256]))
            }
            ("EC", Some("P-256")) => Some((self.point(32)?, &[Algorithm::ES256])),
            ("EC", Some("P-384")) => Some((self.point(48)?, &[Algorithm::ES384])),
            ("OKP", Some("Ed25519")) => {
                let x = bytes(self.x.as_ref(), 32..=32)?;
                Some((DecodingKey::from_ed_der(&x), &[Algorithm::EdDSA]))
            }
            _ => None,
        }
    }

    /// An uncompressed point (SEC 1 §2.3.3); whether it is on the curve is judged with the signature.
    fn point(&self, coordinate: usize) -> Option<DecodingKey> {
        let x = bytes(self.x.as_ref(), coordinate..=coordinate)?;
        let y = bytes(self.y.as_ref(), coordinate..=coordinate)?;
        Some(DecodingKey::from_ec_der(&[&[4], &x[..], &y[..]].concat()))
    }

    /// `alg` narrows what the type allows, and never widens it.
    fn narrowed(&self, allowed: &'static [Algorithm]) -> Option<&'static [Algorithm]> {
        let Some(named) = self.alg.as_deref() else { return Some(allowed) };
        allowed.iter().position(|algorithm| format!("{algorithm:?}") == named).map(|at| &allowed[at..=at])
    }
}

fn bytes(text: Option<&String>, length: std::ops::RangeInclusive<usize>) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text?).ok().filter(|bytes| length.contains(&bytes.len()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn algorithms(key: &Value) -> Vec<Vec<Algorithm>> {
        let document = json!({ "keys": [key], "more": 1 }).to_string();
        read(document.as_bytes()).expect("a key set").iter().map(|key| key.algorithms.to_vec()).collect()
    }

    fn filled(length: usize) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(vec![0xc1; length])
    }

    #[test]
    fn a_key_says_which_algorithms_it_verifies() {
        let rsa = json!({ "kty": "RSA", "n": filled(256), "e": "AQAB" });
        assert_eq!(algorithms(&rsa), [[Algorithm::RS256, Algorithm::PS256]]);
        let mut narrowed = rsa.clone();
        narrowed["alg"] = "PS256".into();
        assert_eq!(algorithms(&narrowed), [[Algorithm::PS256]]);
        let p256 = json!({ "kty": "EC", "crv": "P-256", "x": filled(32), "y": filled(32), "use": "sig" });
        assert_eq!(algorithms(&p256), [[Algorithm::ES256]]);
        let p384 = json!({ "kty": "EC", "crv": "P-384", "x": filled(48), "y": filled(48), "key_ops": ["verify"] });
        assert_eq!(algorithms(&p384), [[Algorithm::ES384]]);
        let ed25519 = json!({ "kty": "OKP", "crv": "Ed25519", "x": filled(32), "alg": "EdDSA" });
        assert_eq!(algorithms(&ed25519), [[Algorithm::EdDSA]]);
    }

    #[test]
    fn a_key_that_cannot_verify_is_passed_over() {
        for key in [
            json!({ "kty": "oct", "k": filled(32), "alg": "HS256" }),
            json!({ "kty": "RSA", "n": filled(128), "e": "AQAB" }),
            json!({ "kty": "RSA", "n": filled(256), "e": "AQAB", "alg": "RS512" }),
            json!({ "kty": "RSA", "n": filled(256), "e": "AQAB", "alg": "HS256" }),
            json!({ "kty": "RSA", "n": filled(256), "e": "AQAB", "use": "enc" }),
            json!({ "kty": "RSA", "n": filled(256), "e": "AQAB", "key_ops": ["encrypt"] }),
            json!({ "kty": "EC", "crv": "P-256", "x": filled(32), "y": filled(31) }),
            json!({ "kty": "EC", "crv": "P-256", "x": filled(32), "y": filled(32), "alg": "ES384" }),
            json!({ "kty": "EC", "crv": "secp256k1", "x": filled(32), "y": filled(32) }),
            json!({ "kty": "OKP", "crv": "Ed448", "x": filled(57) }),
            json!({ "kty": "OKP", "crv": "X25519", "x": filled(32) }),
            json!({ "kty": 1 }),
            json!(null),
        ] {
            assert!(algorithms(&key).is_empty(), "{key}");
        }
    }

    #[test]
    fn what_is_not_a_key_set_is_refused() {
        for document in ["", "[]", "{}", r#"{"keys":{}}"#] {
            assert!(read(document.as_bytes()).is_err(), "{document}");
        }
    }
}
