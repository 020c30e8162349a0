//! What an agent proves itself with, and how that is said to the token endpoint.

pub(crate) mod actions;

use std::{io, path::PathBuf};

use gogs_spanner_capability::AgentName;
use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use secrecy::SecretString;

use self::actions::GitHub;
use crate::{key::AgentKey, origin::Origin};

const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
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
    Key { agent: AgentName, key: AgentKey },
    /// A file its platform keeps fresh (a Kubernetes projected token, a job's ID token), read anew each time.
    Assertion { file: PathBuf, agent: Option<AgentName> },
    /// A job of GitHub Actions, which asks for its ID token each time.
    GitHub { job: GitHub, agent: Option<AgentName> },
}

/// A form's parameters: public ones, and the secret one.
pub(crate) struct Stated {
    pub(crate) public: Vec<(&'static str, String)>,
    pub(crate) secret: (&'static str, SecretString),
}

impl Proof {
    /// Makes a proof for one gateway.
    pub(crate) async fn state(&self, http: &Client, audience: &Origin, now: Timestamp) -> Result<Stated, ProofError> {
        match self {
            Self::Key { agent, key } => Ok(Stated {
                public: vec![
                    ("grant_type", "client_credentials".to_owned()),
                    ("client_assertion_type", CLIENT_ASSERTION.to_owned()),
                ],
                secret: ("client_assertion", key.assertion(agent.as_str(), audience, now)),
            }),
            Self::Assertion { file, agent } => {
                let text = std::fs::read_to_string(file)
                    .map_err(|source| ProofError::Unreadable { file: file.clone(), source })?;
                Ok(vouched(text.trim().into(), agent.as_ref()))
            }
            Self::GitHub { job, agent } => Ok(vouched(job.id_token(http, audience).await?, agent.as_ref())),
        }
    }
}

/// What somebody else signed (RFC 8693).
fn vouched(assertion: SecretString, agent: Option<&AgentName>) -> Stated {
    let mut public = vec![("grant_type", TOKEN_EXCHANGE.to_owned()), ("subject_token_type", JWT.to_owned())];
    public.extend(agent.map(|agent| ("agent", agent.to_string())));
    Stated { public, secret: ("subject_token", assertion) }
}
