//! The forge's own accounts: one for each agent, made, equipped and admitted to repositories by us.
//!
//! Gogs's tokens have no scope, no expiry and no API that deletes them, so they never leave the gateway. The admin token lives
//! in [`Gogs`] and is put on five calls and no other: create, edit and find a user, find a repository, and admit a collaborator; and on the
//! questions of a [`Survey`], which change nothing. No request of a caller is ever built here.

mod accounts;
mod edition;
mod external_url;
mod flights;
mod identity;
mod oddities;
mod provision;
mod questions;
mod repositories;
mod revisions;
pub mod survey;
#[cfg(test)]
mod tests;
mod tokens;
mod turns;
mod users;
pub mod version;

use bytes::Bytes;
use gogs_spanner_capability::Reason;
use http::{Method, StatusCode, header};
use reqwest::{Client, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use url::Url;

pub use accounts::UpstreamAccounts;
pub use edition::Edition;
pub use external_url::ExternalUrl;
pub use questions::Listed;
pub use repositories::RepositoryFacts;
pub use survey::Survey;
pub use users::User;

use crate::{client, refuse::Refusal};

/// The longest answer of the API that is read. The largest we ask for, the list of an account's tokens, has about 80 bytes
/// for each renewal.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Gogs's HTTP API, as far as the gateway itself calls it.
#[derive(Debug)]
pub struct Gogs {
    client: Client,
    url: Url,
    admin: SecretString,
}

/// Why a call of our own brought nothing.
#[derive(Debug, Clone, thiserror::Error)]
pub enum UpstreamError {
    /// No connection, a connection that broke, or an answer that took too long.
    #[error("the forge could not be reached: {0}")]
    Unreachable(String),
    /// An answer that Gogs would not give.
    #[error("the forge gave an answer of no known shape to {call}: {what}")]
    Garbage {
        /// Which call.
        call: &'static str,
        /// What was wrong with it, without the answer's text.
        what: String,
    },
    /// The admin token is unknown to the forge, or its owner is no site administrator.
    #[error("the admin token has no power on the forge ({call}: {status})")]
    AdminPowerless {
        /// Which call.
        call: &'static str,
        /// What the forge answered.
        status: StatusCode,
    },
    /// The forge no longer takes this account's credential.
    #[error("the forge no longer takes the credential of `{login}`")]
    CredentialDead {
        /// Whose.
        login: String,
    },
    /// No such repository, or none this account may see: Gogs does not tell them apart.
    #[error("the forge knows no such repository")]
    NoRepository,
    /// No such account.
    #[error("the forge knows no account `{login}`")]
    NoAccount {
        /// The login that was asked for.
        login: String,
    },
    /// Gogs would not make or edit the account as asked: a name or an e-mail it has, reserves or cannot hold.
    #[error("the forge refused the account `{login}`")]
    AccountRefused {
        /// The login that was asked for.
        login: String,
    },
}

/// What came back from one call.
struct Answer {
    call: &'static str,
    status: StatusCode,
    body: Bytes,
}

impl Gogs {
    /// The API below `url`, with the token of a site administrator.
    pub fn new(client: Client, url: Url, admin: SecretString) -> Self {
        Self { client, url, admin }
    }

    /// A call nobody has signed yet.
    fn call(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        self.client.request(method, url)
    }

    /// A call signed with the admin token: only [`users`] and [`repositories`] make any.
    fn admin_call(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let token = zeroize::Zeroizing::new(format!("token {}", self.admin.expose_secret()));
        let request = self.call(method, path);
        match http::HeaderValue::from_str(&token) {
            Ok(mut value) => {
                value.set_sensitive(true);
                request.header(header::AUTHORIZATION, value)
            }
            // A token no header can carry is as good as none: Gogs will say so.
            Err(_) => request,
        }
    }
}

impl UpstreamError {
    /// Whether an operator must act: waiting mends nothing.
    pub fn needs_operator(&self) -> bool {
        matches!(self, Self::AdminPowerless { .. } | Self::AccountRefused { .. })
    }
}

impl Answer {
    /// The answer's object.
    fn json<T: DeserializeOwned>(&self) -> Result<T, UpstreamError> {
        serde_json::from_slice(&self.body).map_err(|error| self.garbage(format!("{:?} error", error.classify())))
    }

    /// The error for an answer that says no more than "something is wrong here".
    fn unexpected(&self) -> UpstreamError {
        self.garbage(format!("status {}", self.status))
    }

    /// The error for an answer to an admin call that the call itself has no use for.
    fn admin_error(&self) -> UpstreamError {
        match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                UpstreamError::AdminPowerless { call: self.call, status: self.status }
            }
            _ => self.unexpected(),
        }
    }

    fn garbage(&self, what: String) -> UpstreamError {
        UpstreamError::Garbage { call: self.call, what }
    }
}

/// Sends a call with a JSON body.
async fn send_json(
    call: &'static str,
    request: RequestBuilder,
    body: &impl Serialize,
) -> Result<Answer, UpstreamError> {
    send(call, request.json(body)).await
}

/// Sends a call and reads its answer, bounded in time by the client and in length here.
async fn send(call: &'static str, request: RequestBuilder) -> Result<Answer, UpstreamError> {
    send_up_to(LONGEST_ANSWER, call, request).await
}

/// The same for an answer of another length.
async fn send_up_to(most: usize, call: &'static str, request: RequestBuilder) -> Result<Answer, UpstreamError> {
    let response = request.send().await.map_err(|error| UpstreamError::Unreachable(client::cause(error)))?;
    let status = response.status();
    match client::read(response, most).await {
        Ok(body) => Ok(Answer { call, status, body }),
        Err(client::ReadError::Broken(error)) => Err(UpstreamError::Unreachable(client::cause(error))),
        Err(error) => Err(UpstreamError::Garbage { call, what: error.to_string() }),
    }
}

impl From<UpstreamError> for Refusal {
    fn from(error: UpstreamError) -> Self {
        if error.needs_operator() {
            tracing::error!(%error, "the forge refuses the gateway's own calls: see `[upstream]` in the configuration");
        }
        match error {
            UpstreamError::NoRepository => Self::new(Reason::RepositoryAbsent),
            error => Self::new(Reason::UpstreamUnavailable).truly(error),
        }
    }
}
