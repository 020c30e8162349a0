//! What an agent proves itself with, and how that is said to the token endpoint.

use std::{io, path::PathBuf};

use gogs_spanner_capability::AgentName;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::{key::AgentKey, origin::Origin};

const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// The proof cannot be made now.
#[derive(Debug, thiserror::Error)]
#[error("could not read the assertion in {file}")]
pub struct ProofError {
    /// The file the platform keeps it in.
    pub file: PathBuf,
    /// Why not.
    pub source: io::Error,
}

/// What an agent proves itself with.
#[derive(Debug)]
pub(crate) enum Proof {
    /// A key registered for it.
    Key { agent: AgentName, key: AgentKey },
    /// A file its platform keeps fresh (a Kubernetes projected token, a job's ID token), read anew each time.
    Assertion { file: PathBuf, agent: Option<AgentName> },
}

/// A form's parameters: public ones, and the secret one.
pub(crate) struct Stated {
    pub(crate) public: Vec<(&'static str, String)>,
    pub(crate) secret: (&'static str, SecretString),
}

impl Proof {
    /// Makes a proof for one gateway.
    pub(crate) fn state(&self, audience: &Origin, now: Timestamp) -> Result<Stated, ProofError> {
        match self {
            Self::Key { agent, key } => Ok(Stated {
                public: vec![
                    ("grant_type", "client_credentials".to_owned()),
                    ("client_assertion_type", CLIENT_ASSERTION.to_owned()),
                ],
                secret: ("client_assertion", key.assertion(agent.as_str(), audience, now)),
            }),
            Self::Assertion { file, agent } => {
                let mut public =
                    vec![("grant_type", TOKEN_EXCHANGE.to_owned()), ("subject_token_type", JWT.to_owned())];
                public.extend(agent.iter().map(|agent| ("agent", agent.to_string())));
                let text = std::fs::read_to_string(file).map_err(|source| ProofError { file: file.clone(), source })?;
                Ok(Stated { public, secret: ("subject_token", text.trim().into()) })
            }
        }
    }
}
