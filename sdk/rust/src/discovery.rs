//! Finds the gateway and the proof at hand: arguments and `GOGS_SPANNER_*`.
//!
//! Two that fit and disagree are refused, both named: a proof sent to the wrong gateway, or an agent that is not the one
//! meant, is worse than no token.

use std::{ffi::OsString, fmt::Debug, io, path::PathBuf};

use gogs_spanner_capability::{AgentName, NameError};

use crate::{
    key::{AgentKey, KeyError},
    origin::{Origin, OriginError},
    proof::Proof,
};

/// Where the gateway is: its `public_url`.
pub(crate) const URL: &str = "GOGS_SPANNER_URL";
/// The agent's name.
pub(crate) const AGENT: &str = "GOGS_SPANNER_AGENT";
/// The agent's private key, PKCS#8 PEM.
pub(crate) const KEY_FILE: &str = "GOGS_SPANNER_KEY_FILE";
/// A JWT some platform keeps fresh.
pub(crate) const ASSERTION_FILE: &str = "GOGS_SPANNER_ASSERTION_FILE";

/// No gateway, no proof, or two that disagree.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// Two places say different things.
    #[error("{one} and {other} disagree; leave one of them out")]
    Disagree {
        /// One place.
        one: String,
        /// The other.
        other: String,
    },
    /// Nothing says where the gateway is.
    #[error("nothing says where the gateway is; set {URL}")]
    NoGateway,
    /// Nothing to prove oneself with.
    #[error("no proof at hand; set {KEY_FILE} with {AGENT}, or {ASSERTION_FILE}")]
    NoProof,
    /// A key does not say whose it is.
    #[error("a key does not say whose it is; set {AGENT}")]
    NoAgent,
    /// The gateway's address is none.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The agent's name is none.
    #[error("the agent's name is not one: {0}")]
    Agent(#[from] NameError),
    /// The variable is not text.
    #[error("{0} is not text")]
    NotText(&'static str),
    /// The key file cannot be read.
    #[error("could not read the key in {file}")]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The key file holds something else.
    #[error("{file} does not hold a key: {source}")]
    Key {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        source: KeyError,
    },
}

/// What the caller says itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arguments {
    pub(crate) url: Option<String>,
    pub(crate) agent: Option<String>,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) assertion_file: Option<PathBuf>,
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) origin: Origin,
    pub(crate) proof: Proof,
}

/// A setting and the place that says it.
struct Said<T> {
    value: T,
    by: String,
}

/// Looks at the arguments and the environment.
pub(crate) fn discover(
    arguments: Arguments,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Found, DiscoveryError> {
    let variable = |name| environment(name).filter(|value| !value.is_empty());
    let text =
        |name| variable(name).map(|value| value.into_string().map_err(|_| DiscoveryError::NotText(name))).transpose();
    let file = |name| variable(name).map(PathBuf::from);
    let url = settle("the argument url", arguments.url, URL, text(URL)?)?;
    let agent = settle("the argument agent", arguments.agent, AGENT, text(AGENT)?)?;
    let key = settle("the argument key file", arguments.key_file, KEY_FILE, file(KEY_FILE))?;
    let assertion =
        settle("the argument assertion file", arguments.assertion_file, ASSERTION_FILE, file(ASSERTION_FILE))?;

    let origin = Origin::parse(&url.ok_or(DiscoveryError::NoGateway)?.value)?;
    let agent = agent.map(|agent| AgentName::parse(&agent.value)).transpose()?;
    let proof = match (key, assertion) {
        (Some(key), Some(assertion)) => return Err(DiscoveryError::Disagree { one: key.by, other: assertion.by }),
        (Some(key), None) => holder(agent.ok_or(DiscoveryError::NoAgent)?, key.value)?,
        (None, Some(assertion)) => Proof::Assertion { file: assertion.value, agent },
        (None, None) => return Err(DiscoveryError::NoProof),
    };
    Ok(Found { origin, proof })
}

/// One setting out of two places.
fn settle<T: PartialEq>(
    argument: &str,
    given: Option<T>,
    variable: &str,
    set: Option<T>,
) -> Result<Option<Said<T>>, DiscoveryError> {
    match (given, set) {
        (Some(given), Some(set)) if given != set => {
            Err(DiscoveryError::Disagree { one: argument.to_owned(), other: variable.to_owned() })
        }
        (Some(value), _) => Ok(Some(Said { value, by: argument.to_owned() })),
        (None, Some(value)) => Ok(Some(Said { value, by: variable.to_owned() })),
        (None, None) => Ok(None),
    }
}

fn holder(agent: AgentName, file: PathBuf) -> Result<Proof, DiscoveryError> {
    match std::fs::read_to_string(&file) {
        Err(source) => Err(DiscoveryError::Unreadable { file, source }),
        Ok(pem) => match AgentKey::parse(&pem) {
            Err(source) => Err(DiscoveryError::Key { file, source }),
            Ok(key) => Ok(Proof::Key { agent, key }),
        },
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]
    use super::*;

    fn found(arguments: Arguments, environment: &[(&str, &str)]) -> Result<Found, DiscoveryError> {
        discover(arguments, |name| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_environment_alone_is_enough() {
        let found =
            found(Arguments::default(), &[(URL, "https://a.example"), (ASSERTION_FILE, "/token"), (AGENT, "ci")])
                .unwrap();
        assert_eq!(found.origin.to_string(), "https://a.example");
        assert!(matches!(found.proof, Proof::Assertion { agent: Some(_), .. }));
    }

    #[test]
    fn an_argument_and_a_variable_that_agree_are_one() {
        let arguments = Arguments { url: Some("https://a.example".into()), ..Arguments::default() };
        assert!(found(arguments, &[(URL, "https://a.example"), (ASSERTION_FILE, "/token")]).is_ok());
    }

    #[test]
    fn an_argument_and_a_variable_that_disagree_are_refused_and_both_named() {
        let arguments = Arguments { url: Some("https://b.example".into()), ..Arguments::default() };
        let error = found(arguments, &[(URL, "https://a.example"), (ASSERTION_FILE, "/token")]).unwrap_err();
        assert_eq!(error.to_string(), "the argument url and GOGS_SPANNER_URL disagree; leave one of them out");
    }

    #[test]
    fn two_proofs_are_refused_and_both_named() {
        let environment = [(URL, "https://a.example"), (AGENT, "ci"), (KEY_FILE, "/key"), (ASSERTION_FILE, "/token")];
        let error = found(Arguments::default(), &environment).unwrap_err().to_string();
        assert!(error.contains(KEY_FILE) && error.contains(ASSERTION_FILE), "{error}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = |environment: &[_]| found(Arguments::default(), environment).unwrap_err();
        assert!(matches!(missing(&[]), DiscoveryError::NoGateway));
        assert!(matches!(missing(&[(URL, "https://a.example")]), DiscoveryError::NoProof));
        assert!(matches!(missing(&[(URL, "https://a.example"), (KEY_FILE, "/key")]), DiscoveryError::NoAgent));
        assert!(matches!(missing(&[(URL, ""), (KEY_FILE, "/key")]), DiscoveryError::NoGateway));
    }

    #[test]
    fn a_key_that_is_not_there_is_named() {
        let error = found(Arguments::default(), &[(URL, "https://a.example"), (AGENT, "ci"), (KEY_FILE, "/no/key")]);
        assert_eq!(error.unwrap_err().to_string(), "could not read the key in /no/key");
    }
}
