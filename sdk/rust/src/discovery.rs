//! Finds the gateway and the proof at hand: what is said (arguments, `GOGS_SPANNER_*`), else what the platform offers (a
//! job of GitHub Actions, a file that Kubernetes or SPIFFE keeps fresh), else the sign-in of a person on this machine.
//!
//! Two that fit and disagree are refused, both named: a proof sent to the wrong gateway, or an agent that is not the one
//! meant, is worse than no token.

mod bound;

use std::{
    ffi::OsString,
    fmt::Debug,
    io,
    path::{Path, PathBuf},
};

use gogs_spanner_capability::{AgentName, NameError};

pub(crate) use self::bound::discover_at;

use crate::{
    key::KeyError,
    origin::{Origin, OriginError},
    proof::{
        Proof,
        actions::{self, GitHub},
        holder::Holder,
    },
    sign_in::SignIns,
};

/// Where the gateway is: its `public_url`.
pub(crate) const URL: &str = "GOGS_SPANNER_URL";
/// The agent's name.
pub(crate) const AGENT: &str = "GOGS_SPANNER_AGENT";
/// The agent's private key, PKCS#8 PEM.
pub(crate) const KEY_FILE: &str = "GOGS_SPANNER_KEY_FILE";
/// A JWT some platform keeps fresh.
pub(crate) const ASSERTION_FILE: &str = "GOGS_SPANNER_ASSERTION_FILE";
/// Where a platform puts a JWT if it is told to put it where nobody has to say so: a projected service account token of
/// Kubernetes, a JWT-SVID that `spiffe-helper` writes.
pub(crate) const PLATFORM_FILE: &str = "/var/run/secrets/gogs-spanner/token";

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
    /// What the variables say is meant for another gateway.
    #[error("no proof for this gateway at hand; what {URL} names is another")]
    Elsewhere,
    /// A key that would go to whoever asks.
    #[error("{0} is for no gateway in particular; set {URL} beside it")]
    Unbound(&'static str),
    /// A person is signed in, and nothing says to which agent she lends.
    #[error("a person is signed in, and nothing says to which agent she lends; set {AGENT}")]
    NoLent,
    /// A key does not say whose it is.
    #[error("a key does not say whose it is; set {AGENT}")]
    NoAgent,
    /// The gateway's address is none.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The agent's name is none.
    #[error("the agent's name is not one: {0}")]
    Agent(#[from] NameError),
    /// GitHub Actions says where to ask for an ID token, and that is not a place to send a secret to.
    #[error("{} is not an https URL", actions::URL)]
    NotPrivate,
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

/// What a program finds around it.
pub(crate) trait Surroundings {
    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<OsString>;

    /// Whether there is such a file.
    fn has(&self, file: &Path) -> bool;

    /// A variable that says something.
    fn said(&self, name: &str) -> Option<OsString> {
        self.variable(name).filter(|value| !value.is_empty())
    }

    /// The same as a text.
    fn text(&self, name: &'static str) -> Result<Option<String>, DiscoveryError> {
        self.said(name).map(|value| value.into_string().map_err(|_| DiscoveryError::NotText(name))).transpose()
    }
}

/// This machine and this process.
pub(crate) struct Machine;

impl Surroundings for Machine {
    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn has(&self, file: &Path) -> bool {
        file.exists()
    }
}

/// A setting and the place that says it.
struct Said<T> {
    value: T,
    by: String,
}

/// Looks at the arguments and around.
pub(crate) fn discover(arguments: Arguments, around: &impl Surroundings) -> Result<Found, DiscoveryError> {
    let file = |name| around.said(name).map(PathBuf::from);
    let url = settle("the argument url", arguments.url, URL, around.text(URL)?)?;
    let agent = settle("the argument agent", arguments.agent, AGENT, around.text(AGENT)?)?;
    let key = settle("the argument key file", arguments.key_file, KEY_FILE, file(KEY_FILE))?;
    let assertion =
        settle("the argument assertion file", arguments.assertion_file, ASSERTION_FILE, file(ASSERTION_FILE))?;

    let origin = Origin::parse(&url.ok_or(DiscoveryError::NoGateway)?.value)?;
    let agent = agent.map(|agent| AgentName::parse(&agent.value)).transpose()?;
    let proof = match (key, assertion) {
        (Some(key), Some(assertion)) => return Err(DiscoveryError::Disagree { one: key.by, other: assertion.by }),
        (Some(key), None) => {
            let agent = agent.ok_or(DiscoveryError::NoAgent)?;
            Proof::Key { agent, holder: Holder::of(key.value)? }
        }
        (None, Some(assertion)) => Proof::Assertion { file: assertion.value, agent, bound: false },
        (None, None) => match offered(agent.as_ref(), around)? {
            Some(proof) => proof,
            None => lent(&origin, agent, around)?,
        },
    };
    Ok(Found { origin, proof })
}

/// What the platform offers unasked. It stands back behind anything that is said: a job may have an ID token for other
/// reasons.
fn offered(agent: Option<&AgentName>, around: &impl Surroundings) -> Result<Option<Proof>, DiscoveryError> {
    let job = around.text(actions::URL)?.zip(around.text(actions::TOKEN)?);
    let file = Path::new(PLATFORM_FILE);
    match (job, around.has(file)) {
        (Some(_), true) => {
            Err(DiscoveryError::Disagree { one: actions::URL.to_owned(), other: PLATFORM_FILE.to_owned() })
        }
        (Some((url, token)), false) => {
            let job = GitHub::new(&url, token).ok_or(DiscoveryError::NotPrivate)?;
            Ok(Some(Proof::GitHub { job, agent: agent.cloned() }))
        }
        (None, true) => Ok(Some(Proof::Assertion { file: file.to_owned(), agent: agent.cloned(), bound: false })),
        (None, false) => Ok(None),
    }
}

/// Last of all, a person who signed in at the gateway on this machine: she lends to the agent that is named.
fn lent(origin: &Origin, agent: Option<AgentName>, around: &impl Surroundings) -> Result<Proof, DiscoveryError> {
    let kept =
        SignIns::found(|name| around.said(name).map(PathBuf::from)).filter(|kept| around.has(&kept.file(origin)));
    let kept = kept.ok_or(DiscoveryError::NoProof)?;
    Ok(Proof::SignIn { kept, agent: agent.ok_or(DiscoveryError::NoLent)? })
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

#[cfg(test)]
mod tests;
