//! The key pair of a key-holding bot, and the assertions it makes (RFC 7523, as `docs/reference` describes them).

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

/// What stands before the key in a `SubjectPublicKeyInfo` (RFC 8410 §4).
const SPKI: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

/// An Ed25519 key pair.
pub struct AgentKey(Ed25519KeyPair);

impl AgentKey {
    /// A new one.
    pub fn generate() -> Self {
        Self(Ed25519KeyPair::generate().expect("a key can be generated"))
    }

    /// Reads the private half as [`Self::private_pem`] writes it.
    pub fn parse(pem: &str) -> Option<Self> {
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        Ed25519KeyPair::from_pkcs8(&STANDARD.decode(body).ok()?).ok().map(Self)
    }

    /// The public half, as it is registered.
    pub fn public_pem(&self) -> String {
        let der = [SPKI, self.0.public_key().as_ref()].concat();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
    }

    /// The private half: PKCS#8 PEM, as `openssl genpkey` writes it.
    pub fn private_pem(&self) -> String {
        let der = self.0.to_pkcs8v1().expect("a key can be written down");
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()))
    }

    /// A compact JWS of these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": "EdDSA", "typ": "client-authentication+jwt"});
        let message = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        format!("{message}.{}", encode(self.0.sign(message.as_bytes())))
    }
}

impl fmt::Debug for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentKey")
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
