//! The key an agent holds, and the assertions it signs (`private_key_jwt`, RFC 7523 §2.2).

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::origin::Origin;

/// How long an assertion lives: it is made for one request. The gateway takes at most five minutes.
const LIFETIME: SignedDuration = SignedDuration::from_secs(60);
const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// The file does not hold a key we can sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No `PRIVATE KEY` block: another format, or an encrypted key.
    #[error("not a PKCS#8 PEM file; `openssl genpkey -algorithm ed25519` writes one")]
    NotPem,
    /// PKCS#8, but not of an Ed25519 key.
    #[error("not an Ed25519 key")]
    NotEd25519,
}

/// An Ed25519 key. `Debug` prints its thumbprint.
pub(crate) struct AgentKey {
    pair: Ed25519KeyPair,
    thumbprint: String,
}

impl AgentKey {
    /// Reads PKCS#8 PEM (RFC 7468 §10).
    pub(crate) fn parse(pem: &str) -> Result<Self, KeyError> {
        let body = pem.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).ok_or(KeyError::NotPem)?.0;
        let body: String = body.split_ascii_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| KeyError::NotPem)?;
        let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| KeyError::NotEd25519)?;
        let thumbprint = thumbprint(pair.public_key().as_ref());
        Ok(Self { pair, thumbprint })
    }

    /// Names the key (RFC 7638).
    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// Signs an assertion that its holder is `agent`, for one gateway and one use.
    pub(crate) fn assertion(&self, agent: &str, audience: &Origin, now: Timestamp) -> SecretString {
        let header = json!({ "alg": "EdDSA", "typ": "client-authentication+jwt", "kid": self.thumbprint });
        let claims = json!({
            "iss": agent,
            "sub": agent,
            "aud": audience.to_string(),
            "iat": now.as_second(),
            "exp": (now + LIFETIME).as_second(),
            "jti": Uuid::now_v7(),
        });
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = self.pair.sign(signed.as_bytes());
        format!("{signed}.{}", encode(signature)).into()
    }
}

impl fmt::Debug for AgentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgentKey({})", self.thumbprint)
    }
}

/// RFC 7638 §3, over the members RFC 8037 §2 requires, in this order.
fn thumbprint(public: &[u8]) -> String {
    encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(public))))
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
    use secrecy::ExposeSecret as _;
    use serde_json::Value;

    use super::*;

    /// The key of RFC 8037 appendix A, as `openssl` writes it.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

    fn part(text: &str) -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    }

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037() {
        assert_eq!(AgentKey::parse(PEM).unwrap().thumbprint, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn an_assertion_says_who_for_whom_and_until_when() {
        let key = AgentKey::parse(PEM).unwrap();
        let origin = Origin::parse("https://agents.example.com").unwrap();
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let text = key.assertion("ci-web", &origin, now);
        let parts: Vec<&str> = text.expose_secret().split('.').collect();
        let [header, claims, signature] = parts[..] else { panic!("three parts") };

        assert_eq!(part(header)["alg"], "EdDSA");
        assert_eq!(part(header)["kid"], key.thumbprint);
        let claims_read = part(claims);
        assert_eq!(claims_read["iss"], "ci-web");
        assert_eq!(claims_read["sub"], "ci-web");
        assert_eq!(claims_read["aud"], "https://agents.example.com");
        assert_eq!(claims_read["exp"].as_i64().unwrap() - claims_read["iat"].as_i64().unwrap(), LIFETIME.as_secs());

        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let public = UnparsedPublicKey::new(&ED25519, key.pair.public_key().as_ref());
        public.verify(format!("{header}.{claims}").as_bytes(), &signature).unwrap();
    }

    #[test]
    fn no_two_assertions_are_the_same() {
        let key = AgentKey::parse(PEM).unwrap();
        let origin = Origin::parse("https://agents.example.com").unwrap();
        let [one, other] = [(); 2].map(|()| key.assertion("ci-web", &origin, Timestamp::UNIX_EPOCH));
        assert_ne!(one.expose_secret(), other.expose_secret());
    }

    #[test]
    fn what_is_no_ed25519_key_is_told_apart_from_what_is_no_key() {
        assert_eq!(AgentKey::parse("ssh-ed25519 AAAA").unwrap_err(), KeyError::NotPem);
        assert_eq!(AgentKey::parse(&PEM.replace("PRIVATE", "ENCRYPTED PRIVATE")).unwrap_err(), KeyError::NotPem);
        assert_eq!(AgentKey::parse(&PEM.replace("BQYDK2Vw", "BQYDK2Vu")).unwrap_err(), KeyError::NotEd25519);
    }

    #[test]
    fn debug_shows_the_thumbprint_only() {
        assert_eq!(
            format!("{:?}", AgentKey::parse(PEM).unwrap()),
            "AgentKey(kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k)"
        );
    }
}
