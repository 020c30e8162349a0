//! How a person signs in at a gateway: by a code on another device (RFC 8628), or in a browser at hand, which comes back
//! to this machine (RFC 8252) with what only this program can redeem (RFC 7636).
//!
//! Waiting, showing and opening a browser are the caller's. Everything is sent to the one origin, whatever any answer says.

mod browser;
mod device;
mod shown;

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use reqwest::{
    Client, Response,
    header::{ACCEPT, CONTENT_TYPE},
};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, de::DeserializeOwned};
use url::form_urlencoded::Serializer;

use self::shown::Shown;
pub use self::{browser::Browser, device::Device};
use crate::{
    clock::{Clock, SystemClock},
    error::{Document, Error, Refused},
    origin::Origin,
    sign_in::SignIn,
    transport::{self, Unread},
};

/// What programs that people sign in with are called; they have no secret, so this proves nothing (RFC 8252 §8.4).
const CLIENT_ID: &str = "spanner";
const TOKEN: &str = "/-/spanner/oauth/token";
const DEVICE: &str = "/-/spanner/oauth/device_authorization";
const AUTHORIZE: &str = "/-/spanner/oauth/authorize";
const REVOKE: &str = "/-/spanner/oauth/revoke";

/// The gateway asks an identity provider before it answers.
const TIMEOUT: Duration = Duration::from_secs(30);
/// An answer holds a few codes, or one sign-in.
const ANSWER_MAX: usize = 64 * 1024;

/// Signing in at one gateway.
#[derive(Debug)]
pub struct Login {
    http: Client,
    gateway: Origin,
    clock: Arc<dyn Clock>,
}

/// What the token endpoint answers.
#[derive(Deserialize)]
struct Given {
    access_token: String,
    expires_in: u32,
    person: Shown,
}

impl Login {
    /// At this gateway.
    pub fn at(gateway: Origin) -> Result<Self, Error> {
        let http = transport::client().map_err(Error::Unreachable)?;
        Ok(Self { http, gateway, clock: Arc::new(SystemClock) })
    }

    /// Takes the time from elsewhere.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The gateway.
    pub const fn gateway(&self) -> &Origin {
        &self.gateway
    }

    /// Ends a sign-in at the gateway. Tokens that were got with it end by themselves, soon.
    pub async fn end(&self, sign_in: &SignIn) -> Result<(), Error> {
        let response = self.post(REVOKE, &[("token", sign_in.secret().expose_secret())]).await?;
        if response.status().is_success() { Ok(()) } else { Err(refused(response).await) }
    }

    async fn redeem(&self, form: &[(&str, &str)]) -> Result<SignIn, Error> {
        let asked = self.clock.now();
        let given: Given = answer(self.post(TOKEN, &[form, &[("client_id", CLIENT_ID)]].concat()).await?).await?;
        let expires = asked + SignedDuration::from_secs(given.expires_in.into());
        Ok(SignIn::new(self.gateway.clone(), given.access_token.into(), given.person.0, expires))
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Response, Error> {
        let request = self.http.post(self.gateway.at(path, None)).timeout(TIMEOUT).header(ACCEPT, "application/json");
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(encoded(form));
        request.send().await.map_err(Error::Unreachable)
    }
}

fn encoded(form: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(form).finish()
}

async fn answer<T: DeserializeOwned>(response: Response) -> Result<T, Error> {
    let status = response.status().as_u16();
    if !response.status().is_success() {
        return Err(refused(response).await);
    }
    let body = read(response).await?;
    serde_json::from_slice(&body).map_err(|_| Error::Unintelligible { status })
}

async fn refused(response: Response) -> Error {
    let unintelligible = Error::Unintelligible { status: response.status().as_u16() };
    let Ok(body) = read(response).await else { return unintelligible };
    let document = serde_json::from_slice::<Document>(&body).ok();
    document.and_then(|document| Refused::try_from(document).ok()).map_or(unintelligible, Error::Refused)
}

async fn read(response: Response) -> Result<Vec<u8>, Error> {
    let status = response.status().as_u16();
    transport::read(response, ANSWER_MAX).await.map_err(|unread| match unread {
        Unread::TooLarge => Error::Unintelligible { status },
        Unread::Broken(error) => Error::Unreachable(error),
    })
}
