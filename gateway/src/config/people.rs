//! `[people]`: where people sign in who lend their authority.

use std::path::Path;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    error::Complaint,
    secret::SecretSource,
    spelling::{Spelled, Written, spelled},
};

/// A working day. Who works longer signs in again: a laptop that was left somewhere lends nothing the next morning.
pub const SIGN_IN_AT_MOST: SignedDuration = SignedDuration::from_hours(12);

/// The one issuer that yields people. Who somebody is, is its `iss` and `sub`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// The name of an `[[issuer]]`.
    pub issuer: Written<String>,
    /// What the gateway is at that issuer. Its redirect URI there is `public_url` and `/-/spanner/oauth/callback`.
    pub client: Client,
    /// Scopes asked for beside `openid` and `email`, where the issuer needs one for a claim that groups speak of.
    #[serde(default)]
    pub scopes: Vec<Written<Scope>>,
    /// How long a sign-in stands, at most 12 hours.
    #[serde(default = "eight_hours", deserialize_with = "spelled")]
    #[schemars(with = "Spelled<SignedDuration>", extend("default" = "8h"))]
    pub sign_in: SignedDuration,
    /// Whether people may also sign in by a code that they type on another device. Whoever reaches the gateway can then have
    /// one made and talk somebody into typing it (RFC 8628 §5.4).
    #[serde(default)]
    pub device: bool,
}

/// A client registered at the issuer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its id there.
    pub id: Written<String>,
    /// Its secret, which stays with the gateway.
    pub secret: SecretSource,
}

/// One scope (RFC 6749 §3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(pub String);

impl super::spelling::Spelling for Scope {
    const KIND: &'static str = "a scope";
    const SHAPE: &'static str = "a word without spaces, quotes or backslashes, `groups`";

    fn read(text: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\".contains(&byte);
        (!text.is_empty() && text.bytes().all(is_plain)).then(|| Self(text.to_owned()))
    }
}

impl People {
    pub(super) fn resolve(&mut self, directory: &Path) {
        self.client.secret.resolve(directory);
    }

    /// What does not fit, with the key it is said about.
    pub(super) fn check(&self) -> Result<(), (&'static str, Complaint)> {
        if self.sign_in <= SIGN_IN_AT_MOST {
            return Ok(());
        }
        Err((
            "sign_in",
            Complaint::new("people would stay signed in for longer than a working day", "write `12h` or less"),
        ))
    }
}

const fn eight_hours() -> SignedDuration {
    SignedDuration::from_hours(8)
}
