//! Tokens that look right and are not: the attacks every verifier of JWTs meets.
//!
//! Wrong claims (expired, another audience, another issuer) are not here: [`super::Issuer::issue`] signs those as
//! readily as right ones.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::key::{Key, Keys, encode, message};
use crate::issuer::Algorithm;

/// How a token is false.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgery {
    /// `alg` is `none` and there is no signature (RFC 8725 §2.1).
    Unsigned,
    /// `alg` is HS256, keyed with the issuer's public RSA key (RFC 8725 §2.1).
    HmacWithPublicKey,
    /// Rightly signed under a `kid` nobody has.
    UnknownKeyId,
    /// Signed by another key under the `kid` of the issuer's.
    AnotherKey,
    /// The signature is of other claims.
    ChangedClaims,
    /// The header brings its own key (`jwk`), which signed it.
    OwnKey,
    /// The header names an extension as critical that nobody knows (RFC 7515 §4.1.11).
    CriticalExtension,
}

impl Forgery {
    /// Every one of them, for tests that go through all.
    pub const ALL: [Self; 7] = [
        Self::Unsigned,
        Self::HmacWithPublicKey,
        Self::UnknownKeyId,
        Self::AnotherKey,
        Self::ChangedClaims,
        Self::OwnKey,
        Self::CriticalExtension,
    ];

    pub(super) fn token(self, key: &Key, claims: &Value) -> String {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": key.id});
        match self {
            Self::Unsigned => format!("{}.", message(&json!({"alg": "none", "typ": "JWT"}), claims)),
            Self::HmacWithPublicKey => hmac(key, claims),
            Self::UnknownKeyId => key.sign_as(&with(header, "kid", json!("nobody")), claims),
            Self::AnotherKey => Keys::generate().current(Algorithm::Rs256).sign_as(&header, claims),
            Self::ChangedClaims => changed(key, &header, claims),
            Self::OwnKey => {
                let keys = Keys::generate();
                let own = keys.set()["keys"][0].clone();
                keys.current(Algorithm::Rs256).sign_as(&with(header, "jwk", own), claims)
            }
            Self::CriticalExtension => {
                key.sign_as(&with(with(header, "crit", json!(["tomorrow"])), "tomorrow", json!(true)), claims)
            }
        }
    }
}

fn hmac(key: &Key, claims: &Value) -> String {
    let message = message(&json!({"alg": "HS256", "typ": "JWT", "kid": key.id}), claims);
    let secret = hmac::Key::new(hmac::HMAC_SHA256, &key.public_bytes);
    let tag = hmac::sign(&secret, message.as_bytes());
    format!("{message}.{}", encode(tag.as_ref()))
}

fn changed(key: &Key, header: &Value, claims: &Value) -> String {
    let signed = key.sign_as(header, &json!({"sub": "somebody else"}));
    let signature = signed.rsplit('.').next().unwrap_or_default();
    format!("{}.{signature}", message(header, claims))
}

fn with(mut header: Value, member: &str, value: Value) -> Value {
    header[member] = value;
    header
}
