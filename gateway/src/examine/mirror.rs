//! The objects a push builds upon.
//!
//! A thin pack and the question "is this a fast-forward?" both need what the repository has. Where Gogs's own object
//! store can be read (`[upstream] repositories`), it is used as it is; elsewhere the gateway keeps a bare mirror of each
//! repository below its spool, brought up to date before each look with the pushing agent's credential. A mirror is a
//! cache: losing one costs the time to fetch it again. It says what the forge has, never where a ref stands that is
//! pushed to: that the forge checks against what the push says.

mod fetch;
mod flight;
mod ledger;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fs, io};

use gogs_spanner_capability::{Reason, RepositoryName};
use http::HeaderValue;
use tokio::sync::Semaphore;
use url::Url;

use self::{
    fetch::MAX_FETCHES,
    flight::Flight,
    ledger::{Lease, Ledger},
};
use super::spool::Spool;
use crate::process::{Git, ProcessError};
use crate::refuse::Refusal;

/// How long making an empty repository may take.
pub(super) const INIT_TIME: Duration = Duration::from_secs(30);

/// Where the objects of a repository lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    repository: PathBuf,
    objects: PathBuf,
    _lease: Option<Lease>,
}

/// The bases of all repositories.
#[derive(Debug)]
pub struct Mirrors {
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// Gogs's own store, `DIR/owner/name.git` in lower case (`internal/repoutil.RepositoryPath` in Gogs 0.14.3).
    Store(PathBuf),
    /// Mirrors of ours, fetched over HTTP.
    Fetched(Box<Fetched>),
}

/// Mirrors of ours.
#[derive(Debug)]
struct Fetched {
    git: Git,
    directory: PathBuf,
    upstream: Url,
    ledger: Arc<Ledger>,
    flights: Mutex<HashMap<RepositoryName, Arc<Flight>>>,
    places: Semaphore,
}

/// Why there is no base.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// The forge no longer takes the agent's credential (401): it must be renewed.
    #[error("the forge does not take the agent's credential")]
    CredentialRefused,
    /// The forge does not give the repository to this agent.
    #[error("the forge refuses the repository: {0}")]
    Refused(String),
    /// The forge does not answer, or stopped answering.
    #[error("the forge cannot be fetched from: {0}")]
    Unreachable(String),
    /// `[upstream] repositories` does not hold it.
    #[error("the repository is not in the forge's store at {0}")]
    NotInStore(PathBuf),
    /// The mirror cannot be written, not even a fresh one.
    #[error("the mirror cannot be brought up to date: {0}")]
    Broken(String),
    /// It is larger than what is left of the spool.
    #[error("there is no room for the mirror")]
    NoRoom,
    /// Its turn to be fetched did not come.
    #[error("its turn to be fetched did not come")]
    Busy,
    /// Git did not end by itself.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The disk failed.
    #[error("mirrors cannot be kept: {0}")]
    Io(#[from] io::Error),
}

impl Mirrors {
    /// Bases out of the forge's own store if `repositories` names it, else out of mirrors fetched from `upstream`.
    pub fn new(spool: &Spool, git: Git, upstream: Url, repositories: Option<PathBuf>) -> io::Result<Self> {
        if let Some(repositories) = repositories {
            return Ok(Self { source: Source::Store(repositories) });
        }
        let (directory, ledger) = (spool.mirrors(), Ledger::open(spool)?);
        let places = Semaphore::new(MAX_FETCHES);
        let fetched = Fetched { git, directory, upstream, ledger, flights: Mutex::default(), places };
        Ok(Self { source: Source::Fetched(Box::new(fetched)) })
    }

    /// Whether a base costs a fetch.
    pub const fn are_fetched(&self) -> bool {
        matches!(self.source, Source::Fetched(_))
    }

    /// The objects of `repository` as they are now; `authorization` is what the forge takes for the pushing agent.
    pub async fn base(&self, repository: &RepositoryName, authorization: &HeaderValue) -> Result<Base, MirrorError> {
        match &self.source {
            Source::Store(directory) => in_store(&place(directory, repository)),
            Source::Fetched(source) => {
                let lease = source.ledger.enter(repository)?;
                source.flight(repository).join(|| source.update(repository, authorization)).await?;
                let mirror = place(&source.directory, repository);
                Ok(Base { objects: mirror.join("objects"), repository: mirror, _lease: Some(lease) })
            }
        }
    }
}

impl Fetched {
    fn flight(&self, repository: &RepositoryName) -> Arc<Flight> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(flights.entry(repository.clone()).or_default())
    }
}

impl Base {
    /// The repository, for its refs.
    pub(super) fn repository(&self) -> &Path {
        &self.repository
    }

    /// The directory git calls `objects`.
    pub(super) fn objects(&self) -> &Path {
        &self.objects
    }
}

fn place(directory: &Path, repository: &RepositoryName) -> PathBuf {
    directory.join(repository.owner()).join(format!("{}.git", repository.name()))
}

fn in_store(repository: &Path) -> Result<Base, MirrorError> {
    let absent = |_| MirrorError::NotInStore(repository.to_owned());
    let objects = fs::canonicalize(repository.join("objects")).map_err(absent)?;
    Ok(Base { repository: repository.to_owned(), objects, _lease: None })
}

impl From<MirrorError> for Refusal {
    fn from(error: MirrorError) -> Self {
        let reason = match &error {
            MirrorError::CredentialRefused | MirrorError::Refused(_) => Reason::UpstreamRefused,
            MirrorError::Unreachable(_) | MirrorError::NotInStore(_) | MirrorError::Process(_) => {
                Reason::UpstreamUnavailable
            }
            MirrorError::NoRoom => {
                return Self::new(Reason::SpoolFull)
                    .because("the gateway has no room for its mirror of this repository, which this push must be compared with")
                    .hint("try again; if it stays so, an operator raises `[git] quota` or names `[upstream] repositories`");
            }
            MirrorError::Busy => {
                return Self::new(Reason::SpoolFull)
                    .because("too many other repositories are being fetched")
                    .truly(error);
            }
            MirrorError::Broken(_) | MirrorError::Io(_) => Reason::SpoolFull,
        };
        Self::new(reason).truly(error)
    }
}

#[cfg(test)]
mod tests;
