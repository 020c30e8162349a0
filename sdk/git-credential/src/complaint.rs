//! What people read when there is no token: what is missing, why, and what to do next. git shows it.

use std::fmt;

use gogs_spanner_capability::Reason;
use gogs_spanner_sdk::{DiscoveryError, Error, OriginError, ProofError};
use url::Url;

use crate::errand::Errand;

/// Why there is no token.
#[derive(Debug)]
pub(crate) struct Complaint {
    what: String,
    hint: String,
}

impl Complaint {
    /// The place is named as a gateway, and none can be there.
    pub(crate) fn of_place(error: &OriginError) -> Self {
        Self { what: error.to_string(), hint: "name the gateway by its https address".to_owned() }
    }

    /// Something else asks for a credential there.
    pub(crate) fn of_challenge(place: &Url) -> Self {
        Self {
            what: format!("what asks for a credential at {} is not this gateway", place.origin().ascii_serialization()),
            hint: "check the address, and what stands before the gateway".to_owned(),
        }
    }

    /// Something else went wrong on the errand.
    pub(crate) fn of(error: &Error, errand: &Errand) -> Self {
        if let (Error::Refused(refused), Some(repository)) = (error, &errand.repository)
            && refused.reason == Reason::DetailsNotGranted.code()
        {
            return Self {
                what: format!("this agent has no right in `{repository}` ({})", refused.reason),
                hint: "check the name, or ask the agent's owner for the right".to_owned(),
            };
        }
        let what = match error {
            Error::Refused(refused) => format!("{} ({})", refused.why, refused.reason),
            error => error.in_full(),
        };
        Self { what, hint: hint(error) }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spanner: {}\nhint: {}", self.what, self.hint)
    }
}

fn hint(error: &Error) -> String {
    let hint = match error {
        Error::Refused(refused) => {
            return refused.hint.clone().unwrap_or_else(|| "ask the gateway's operator".to_owned());
        }
        Error::Discovery(missing) => return discovery(missing).to_owned(),
        Error::Proof(ProofError::Elsewhere { .. }) => "have the platform issue it for this audience",
        Error::Proof(ProofError::SignIn(_)) => "a person runs `spanner login` here, as this user",
        Error::Proof(_) => "check what the platform gives this job to prove itself",
        Error::Stranger(_) => {
            "check the address: it is the gateway's public url, not Gogs's own, nor one that redirects"
        }
        _ => "check that the gateway runs, and that this machine trusts its certificate",
    };
    hint.to_owned()
}

/// What to say for a proof to be found.
const fn discovery(error: &DiscoveryError) -> &'static str {
    match error {
        DiscoveryError::NoProof | DiscoveryError::Elsewhere => {
            "add `--url URL --agent NAME --key-file FILE` to the helper's line, or set GOGS_SPANNER_URL with \
             GOGS_SPANNER_AGENT and GOGS_SPANNER_KEY_FILE; a job of GitHub Actions needs `permissions: id-token: write`; a person may run \
             `spanner login`, and name the agent"
        }
        DiscoveryError::Unbound(_) => "a key is for one gateway: say which",
        DiscoveryError::NoAgent | DiscoveryError::NoLent => {
            "set GOGS_SPANNER_AGENT, or add `--agent NAME` to the helper's line"
        }
        DiscoveryError::Unreadable { .. } => "check the path, and that this user may read the file",
        DiscoveryError::Key { .. } => "give the file `spanner agent add` wrote for this agent",
        _ => "see `git credential-spanner --help`",
    }
}
