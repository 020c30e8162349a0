//! A code, confirmed on another device.

use std::time::Duration;

use gogs_spanner_capability::Reason;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{
    CLIENT_ID, DEVICE, Login, answer,
    shown::{Page, Shown},
};
use crate::{error::Error, sign_in::SignIn};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Refusals after which a device waits longer, and goes on.
const SLOW_DOWN: [&str; 3] = [Reason::SlowDown.code(), Reason::UpstreamUnavailable.code(), Reason::LimitReached.code()];
/// What a device that is told to slow down waits longer from then on (RFC 8628 §3.5).
const SLOWER: Duration = Duration::from_secs(5);

/// A sign-in that waits until a person has confirmed it.
#[derive(Debug)]
pub struct Device {
    user_code: String,
    page: String,
    interval: Duration,
    code: SecretString,
}

/// RFC 8628 §3.2.
#[derive(Deserialize)]
struct Begun {
    device_code: String,
    user_code: Shown,
    verification_uri: Page,
    interval: Option<u32>,
}

impl Device {
    /// What she types there.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Where she types it. There is no page with the code in it: whoever types one sees what she does (RFC 8628 §5.4).
    pub fn page(&self) -> &str {
        &self.page
    }

    /// How long to wait before the next question.
    pub const fn interval(&self) -> Duration {
        self.interval
    }
}

impl Login {
    /// Begins: what to show her.
    pub async fn by_device(&self) -> Result<Device, Error> {
        let begun: Begun = answer(self.post(DEVICE, &[("client_id", CLIENT_ID)]).await?).await?;
        Ok(Device {
            user_code: begun.user_code.0,
            page: begun.verification_uri.0,
            interval: Duration::from_secs(begun.interval.unwrap_or(5).into()),
            code: begun.device_code.into(),
        })
    }

    /// Asks once whether she has confirmed; `None`: not yet. To be asked again after [`Device::interval`].
    pub async fn confirmed(&self, device: &mut Device) -> Result<Option<SignIn>, Error> {
        let form = [("grant_type", DEVICE_CODE), ("device_code", device.code.expose_secret())];
        match self.redeem(&form).await {
            Ok(sign_in) => Ok(Some(sign_in)),
            Err(Error::Refused(refused)) if refused.reason == Reason::AuthorizationPending.code() => Ok(None),
            // A gateway that has no place at its provider for a moment, is asked by too many of this network, or gets no answer
            // there, is asked again as well: the code is none the worse for it, and ends by itself.
            Err(Error::Refused(refused)) if SLOW_DOWN.contains(&refused.reason.as_str()) => {
                device.interval += SLOWER;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
