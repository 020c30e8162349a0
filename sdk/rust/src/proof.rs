//! What an agent proves itself with, and how that is said to the token endpoint.

pub(crate) mod actions;
mod audience;
pub(crate) mod holder;

use std::{io, path::PathBuf};

use gogs_spanner_capability::AgentName;
use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use self::{actions::GitHub, holder::Holder};
use crate::{
    origin::Origin,
    sign_in::{SignInError, SignIns},
};

const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// A sign-in of the gateway (RFC 8693 §3).
const SIGN_IN: &str = "urn:gogs-spanner:token-type:sign-in";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// The proof cannot be made now.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The file the platform keeps the assertion in.
    #[error("could not read the assertion in {file}")]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file's assertion is meant for somebody else, who could be impersonated with it.
    #[error("the assertion in {file} does not name {origin} as its audience")]
    Elsewhere {
        /// Which file.
        file: PathBuf,
        /// The gateway it was to be sent to.
        origin: String,
    },
    /// The person who lent has to sign in again.
    #[error("{0}; a person must run `spanner login`")]
    SignIn(#[from] SignInError),
    /// Nobody answers where the job is to ask for its ID token.
    #[error("GitHub Actions does not answer the request for an ID token")]
    Silent(#[source] reqwest::Error),
    /// The job gets none.
    #[error(
        "GitHub Actions answered the request for an ID token with {0}; the job needs `permissions: id-token: write`"
    )]
    NotVouchedFor(StatusCode),
    /// What it got is none.
    #[error("GitHub Actions answered the request for an ID token with something else")]
    Unintelligible,
}

/// What an agent proves itself with.
#[derive(Debug)]
pub(crate) enum Proof {
    /// A key registered for it.
    Key { agent: AgentName, holder: Holder },
    /// A file its platform keeps fresh (a Kubernetes projected token, a job's ID token), read anew each time.
    Assertion {
        file: PathBuf,
        agent: Option<AgentName>,
        /// Whether it is sent only where it says itself that it belongs.
        bound: bool,
    },
    /// A job of GitHub Actions, which asks for its ID token each time.
    GitHub { job: GitHub, agent: Option<AgentName> },
    /// A person who signed in on this machine, and lends to the agent; read anew each time.
    SignIn { kept: SignIns, agent: AgentName },
}

/// A form's parameters: public ones, and the secret one.
pub(crate) struct Stated {
    pub(crate) public: Vec<(&'static str, String)>,
    pub(crate) secret: (&'static str, SecretString),
    /// Of what it was made from: where that has changed, another is worth a try.
    pub(crate) source: [u8; 32],
}

impl Proof {
    /// Whether another can be made of the same whenever it is wanted.
    pub(crate) const fn is_signed_here(&self) -> bool {
        matches!(self, Self::Key { .. })
    }

    /// The same, sent only where it says itself that it belongs.
    pub(crate) fn bound(self) -> Self {
        match self {
            Self::Assertion { file, agent, .. } => Self::Assertion { file, agent, bound: true },
            made_for_its_audience => made_for_its_audience,
        }
    }

    /// Makes a proof for one gateway.
    pub(crate) async fn state(&self, http: &Client, audience: &Origin, now: Timestamp) -> Result<Stated, ProofError> {
        match self {
            Self::Key { agent, holder } => {
                let key = holder.key();
                Ok(Stated {
                    public: vec![
                        ("grant_type", "client_credentials".to_owned()),
                        ("client_assertion_type", CLIENT_ASSERTION.to_owned()),
                    ],
                    secret: ("client_assertion", key.assertion(agent.as_str(), audience, now)),
                    source: digest(key.thumbprint()),
                })
            }
            Self::Assertion { file, agent, bound } => {
                let text = std::fs::read_to_string(file)
                    .map_err(|source| ProofError::Unreadable { file: file.clone(), source })?;
                if *bound && !audience::names(text.trim(), audience) {
                    return Err(ProofError::Elsewhere { file: file.clone(), origin: audience.to_string() });
                }
                Ok(vouched(text.trim().into(), agent.as_ref()))
            }
            Self::SignIn { kept, agent } => {
                let sign_in = kept.standing(audience, now)?;
                Ok(exchanged(SIGN_IN, sign_in.secret().clone(), Some(agent)))
            }
            Self::GitHub { job, agent } => Ok(vouched(job.id_token(http, audience).await?, agent.as_ref())),
        }
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// What somebody else signed (RFC 8693).
fn vouched(assertion: SecretString, agent: Option<&AgentName>) -> Stated {
    exchanged(JWT, assertion, agent)
}

fn exchanged(kind: &str, assertion: SecretString, agent: Option<&AgentName>) -> Stated {
    let mut public = vec![("grant_type", TOKEN_EXCHANGE.to_owned()), ("subject_token_type", kind.to_owned())];
    public.extend(agent.map(|agent| ("agent", agent.to_string())));
    let source = digest(assertion.expose_secret());
    Stated { public, secret: ("subject_token", assertion), source }
}
