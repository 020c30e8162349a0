//! What the SDK says went wrong, in the words of a command.

use gogs_spanner_sdk::{DiscoveryError, Error, ProofError};

use crate::Failure;

/// The failure a command has with it.
pub(crate) fn failure(error: Error) -> Failure {
    let told = error.in_full();
    match error {
        Error::Refused(refused) => Failure::refused(refused.reason, refused.why, refused.hint),
        Error::Discovery(error) => Failure::usage(told, missing(&error)),
        Error::Proof(ProofError::SignIn(_)) => Failure::failed(told, "a person runs `spanner login` here"),
        Error::Login(_) => Failure::failed(told, "run `spanner login` again"),
        Error::Proof(_) => Failure::failed(told, "check what the platform gives this job to prove itself"),
        Error::Unintelligible { .. } => {
            Failure::failed(told, "check --url: it is the gateway's public url, not Gogs's own address")
        }
        _ => {
            let hint = "check --url, that the gateway runs, and that this machine trusts its certificate";
            Failure::failed(told, hint)
        }
    }
}

/// What to say for a gateway and a proof to be found.
const fn missing(error: &DiscoveryError) -> &'static str {
    match error {
        DiscoveryError::NoGateway => "say --url https://agents.example.com, or set the variable",
        DiscoveryError::NoProof => {
            "say --agent and --key-file, or set the variables; `spanner agent add` makes a key; a person may run `spanner login`"
        }
        DiscoveryError::NoAgent | DiscoveryError::NoLent => "say --agent, or set the variable",
        DiscoveryError::Origin(_) => "write the gateway's public url, `https://agents.example.com`",
        DiscoveryError::Unreadable { .. } => "check the path, and that this user may read the file",
        DiscoveryError::Key { .. } => "give the file `spanner agent add` wrote for this agent",
        _ => "see `spanner token get --help`",
    }
}
