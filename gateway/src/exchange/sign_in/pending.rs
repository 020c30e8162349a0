//! What is under way, kept by those who will bring it back.
//!
//! Each value is sealed for the purpose it serves and the time it may take, so none is good in the place of another. An
//! attacker who has the sealing key alone can make up a value, yet not what it has to hold: a code the issuer takes.

use std::{net::IpAddr, sync::Arc};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::super::mint::broken;
use crate::{refuse::Refusal, seal::Sealer};

/// How long a person may take in her browser.
pub(super) const BROWSER_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// Seals and opens what is under way.
pub(super) struct Pending(pub(super) Arc<Sealer>);

/// Something that is under way.
pub(super) trait UnderWay: Serialize + DeserializeOwned {
    /// What it is sealed for.
    const PURPOSE: &'static str;

    /// Until when it is good, in seconds since 1970.
    fn until(&self) -> i64;
}

/// A device waits until she has confirmed: our `device_code`.
#[derive(Serialize, Deserialize)]
pub(super) struct Waiting {
    /// The issuer's own device code.
    pub(super) code: String,
    /// Seconds between two questions.
    pub(super) interval: u32,
    /// From where it was begun.
    pub(super) begun_by: Option<IpAddr>,
    /// When it was begun, in seconds since 1970: what ends her sign-ins of before ends this one too.
    pub(super) begun: i64,
    pub(super) until: i64,
}

/// A browser was sent to the issuer: our `state` there.
#[derive(Serialize, Deserialize)]
pub(super) struct Sent {
    /// Where the browser goes in the end: the loopback address of whoever began.
    pub(super) redirect: String,
    /// The state of whoever began.
    pub(super) state: String,
    /// The challenge of whoever began (RFC 7636).
    pub(super) challenge: String,
    /// Our own verifier at the issuer.
    pub(super) verifier: String,
    /// What her ID token must repeat.
    pub(super) nonce: String,
    /// The digest of the cookie that the browser was given.
    pub(super) browser: [u8; 32],
    pub(super) begun: i64,
    pub(super) until: i64,
}

/// A browser came back from the issuer: our authorization code.
#[derive(Serialize, Deserialize)]
pub(super) struct Returned {
    /// The issuer's own code.
    pub(super) code: String,
    pub(super) redirect: String,
    pub(super) challenge: String,
    pub(super) verifier: String,
    pub(super) nonce: String,
    pub(super) begun: i64,
    pub(super) until: i64,
}

impl Pending {
    pub(super) fn seal<T: UnderWay>(&self, value: &T) -> Result<String, Refusal> {
        let text = serde_json::to_vec(value).map_err(|error| broken(error.to_string()))?;
        let sealed = self.0.seal(&text, T::PURPOSE).map_err(|error| broken(error.to_string()))?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what was sealed for this purpose, whether it is in time or not.
    pub(super) fn open<T: UnderWay>(&self, text: &str) -> Option<T> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        serde_json::from_slice(&self.0.open(&sealed, T::PURPOSE).ok()?).ok()
    }
}

/// Whether something under way is still good.
pub(super) fn is_in_time(value: &impl UnderWay, now: Timestamp) -> bool {
    now.as_second() <= value.until()
}

macro_rules! under_way {
    ($($type:ty: $purpose:literal;)*) => {
        $(impl UnderWay for $type {
            const PURPOSE: &'static str = $purpose;

            fn until(&self) -> i64 {
                self.until
            }
        })*
    };
}

under_way! {
    Waiting: "sign-in: device code";
    Sent: "sign-in: state";
    Returned: "sign-in: code";
}
