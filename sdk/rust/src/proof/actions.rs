//! The ID token of a job of GitHub Actions: the runner says where to ask for it and with what, and the job names whom it
//! is for ("OpenID Connect reference" of GitHub's documentation).

use std::{fmt, time::Duration};

use reqwest::{
    Client,
    header::{ACCEPT, AUTHORIZATION, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::ProofError;
use crate::{
    origin::{Origin, is_private},
    transport::{self, Unread},
};

/// Where to ask, set by the runner for a job with `permissions: id-token: write`.
pub(crate) const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
/// What to ask with.
pub(crate) const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// An ID token is asked for within a second.
const TIMEOUT: Duration = Duration::from_secs(30);
/// An ID token is a few KiB.
const ANSWER_MAX: usize = 64 * 1024;

/// A job of GitHub Actions, and what it gets its ID tokens with.
pub(crate) struct GitHub {
    url: Url,
    token: SecretString,
}

/// What is answered, as far as anybody needs it.
#[derive(Deserialize)]
struct Vouched {
    value: String,
}

impl GitHub {
    /// A job the runner said this to; `None` if it is no place to send a secret to.
    pub(crate) fn new(url: &str, token: String) -> Option<Self> {
        let url = Url::parse(url).ok().filter(is_private)?;
        Some(Self { url, token: token.into() })
    }

    /// Asks for an ID token for one gateway.
    pub(super) async fn id_token(&self, http: &Client, audience: &Origin) -> Result<SecretString, ProofError> {
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("audience", &audience.to_string());
        let bearer = format!("bearer {}", self.token.expose_secret());
        let mut bearer = HeaderValue::try_from(bearer).map_err(|_| ProofError::Unintelligible)?;
        bearer.set_sensitive(true);
        let request = http.get(url).timeout(TIMEOUT).header(AUTHORIZATION, bearer).header(ACCEPT, "application/json");
        let silent = |error: reqwest::Error| ProofError::Silent(error.without_url());
        let response = request.send().await.map_err(silent)?;
        if !response.status().is_success() {
            return Err(ProofError::NotVouchedFor(response.status()));
        }
        let body = transport::read(response, ANSWER_MAX).await.map_err(|unread| match unread {
            Unread::TooLarge => ProofError::Unintelligible,
            Unread::Broken(error) => silent(error),
        })?;
        let vouched: Vouched = serde_json::from_slice(&body).map_err(|_| ProofError::Unintelligible)?;
        Ok(vouched.value.into())
    }
}

impl fmt::Debug for GitHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GitHub")
    }
}

#[cfg(test)]
mod tests;
