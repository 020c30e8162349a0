//! Signing keys, one of each algorithm, and the set that shows their public halves (RFC 7517).

use aws_lc_rs::{
    rand::SystemRandom,
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Where an uncompressed P-256 point has its coordinates: after one byte that says "uncompressed".
const X: std::ops::Range<usize> = 1..33;
const Y: std::ops::Range<usize> = 33..65;

/// The algorithms the issuer signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA PKCS#1 v1.5 with SHA-256 and 2048 bits.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Its name in a header (RFC 7518, RFC 8037).
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// The keys in use, and those still shown though no longer used.
pub(super) struct Keys {
    current: [Key; 3],
    retired: Vec<Value>,
}

impl Keys {
    pub(super) fn generate() -> Self {
        Self { current: [Key::rsa(), Key::p256(), Key::ed25519()], retired: Vec::new() }
    }

    pub(super) fn current(&self, algorithm: Algorithm) -> &Key {
        match algorithm {
            Algorithm::Rs256 => &self.current[0],
            Algorithm::Es256 => &self.current[1],
            Algorithm::EdDsa => &self.current[2],
        }
    }

    pub(super) fn follow_with(&mut self, fresh: Self) {
        let retired = self.current.iter().map(|key| key.public.clone());
        self.retired.extend(retired);
        self.current = fresh.current;
    }

    pub(super) fn set(&self) -> Value {
        let current = self.current.iter().map(|key| &key.public);
        json!({"keys": current.chain(&self.retired).collect::<Vec<_>>()})
    }
}

/// One key, named by the beginning of its public half's digest.
pub(super) struct Key {
    pub(super) id: String,
    public: Value,
    /// The bytes a confused verifier would take for an HMAC secret.
    pub(super) public_bytes: Vec<u8>,
    secret: Secret,
}

enum Secret {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    fn rsa() -> Self {
        let pair = RsaKeyPair::generate(rsa::KeySize::Rsa2048).expect("an RSA key can be generated");
        let public = pair.public_key();
        let members = json!({
            "kty": "RSA",
            "n": encode(public.modulus().big_endian_without_leading_zero()),
            "e": encode(public.exponent().big_endian_without_leading_zero()),
        });
        Self::of(Algorithm::Rs256, members, public.as_ref().to_vec(), Secret::Rsa(Box::new(pair)))
    }

    fn p256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a P-256 key can be generated");
        let point = pair.public_key().as_ref().to_vec();
        let members = json!({"kty": "EC", "crv": "P-256", "x": encode(&point[X]), "y": encode(&point[Y])});
        Self::of(Algorithm::Es256, members, point, Secret::P256(pair))
    }

    fn ed25519() -> Self {
        let pair = Ed25519KeyPair::generate().expect("an Ed25519 key can be generated");
        let public = pair.public_key().as_ref().to_vec();
        let members = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(&public)});
        Self::of(Algorithm::EdDsa, members, public, Secret::Ed25519(pair))
    }

    fn of(algorithm: Algorithm, mut public: Value, public_bytes: Vec<u8>, secret: Secret) -> Self {
        let id = encode(&Sha256::digest(&public_bytes)[..9]);
        public["kid"] = json!(id);
        public["use"] = json!("sig");
        public["alg"] = json!(algorithm.name());
        Self { id, public, public_bytes, secret }
    }

    fn algorithm(&self) -> Algorithm {
        match self.secret {
            Secret::Rsa(_) => Algorithm::Rs256,
            Secret::P256(_) => Algorithm::Es256,
            Secret::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// A compact JWS of these claims (RFC 7515).
    pub(super) fn sign(&self, claims: &Value) -> String {
        self.sign_as(&json!({"alg": self.algorithm().name(), "typ": "JWT", "kid": self.id}), claims)
    }

    /// The same under a header of the caller's making.
    pub(super) fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = self.signature(message.as_bytes());
        format!("{message}.{}", encode(&signature))
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.secret {
            Secret::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("an RSA key signs");
                signature
            }
            Secret::P256(pair) => pair.sign(&random, message).expect("a P-256 key signs").as_ref().to_vec(),
            Secret::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

/// What a JWS signs: header and payload, encoded.
pub(super) fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()))
}

pub(super) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
