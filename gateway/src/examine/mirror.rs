//! The objects a push builds upon.
//!
//! A thin pack and the question "is this a fast-forward?" both need what the repository has. Where Gogs's own object
//! store can be read (`[upstream] repositories`), it is used as it is; elsewhere the gateway keeps a bare mirror of each
//! repository below its spool, brought up to date before each look with the pushing agent's credential. A mirror is a
//! cache: losing one costs the time to fetch it again. It says what the forge has, never where a ref stands that is
//! pushed to: that the forge checks against what the push says.

mod flight;
mod ledger;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fs, io};

use gogs_spanner_capability::{Reason, RepositoryName};
use http::HeaderValue;
use url::Url;
use zeroize::Zeroizing;

use self::{
    flight::Flight,
    ledger::{Lease, Ledger},
};
use super::spool::Spool;
use crate::process::{Finished, Git, Job, ProcessError};
use crate::refuse::Refusal;

/// How long a fetch may take: the first one of a repository carries all of it. A stalled one ends after 30 s (see
/// `http.lowSpeedTime` in process.rs).
const FETCH_TIME: Duration = Duration::from_mins(10);

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
    git: Git,
    source: Source,
}

#[derive(Debug)]
enum Source {
    /// Gogs's own store, `DIR/owner/name.git` in lower case (`internal/repoutil.RepositoryPath` in Gogs 0.14.3).
    Store(PathBuf),
    /// Mirrors of ours, fetched over HTTP.
    Fetched(Fetched),
}

/// Mirrors of ours.
#[derive(Debug)]
struct Fetched {
    directory: PathBuf,
    upstream: Url,
    ledger: Arc<Ledger>,
    flights: Mutex<HashMap<RepositoryName, Arc<Flight>>>,
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
            return Ok(Self { git, source: Source::Store(repositories) });
        }
        let (directory, ledger) = (spool.mirrors(), Ledger::open(spool)?);
        let fetched = Fetched { directory, upstream, ledger, flights: Mutex::default() };
        Ok(Self { git, source: Source::Fetched(fetched) })
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
                source.flight(repository).join(|| self.update(source, repository, authorization)).await?;
                let mirror = place(&source.directory, repository);
                Ok(Base { objects: mirror.join("objects"), repository: mirror, _lease: Some(lease) })
            }
        }
    }

    /// Fetches into the mirror, and takes the room it then has. One that cannot be fetched into is made anew, and
    /// one that cannot be finished or does not fit is not kept.
    async fn update(
        &self,
        source: &Fetched,
        repository: &RepositoryName,
        authorization: &HeaderValue,
    ) -> Result<(), MirrorError> {
        let (mirror, address) = (place(&source.directory, repository), address(&source.upstream, repository));
        let most = source.ledger.available();
        let fetched = match self.fetch(&mirror, &address, authorization, most).await {
            Err(MirrorError::Broken(_)) => {
                tokio::fs::remove_dir_all(&mirror).await?;
                self.fetch(&mirror, &address, authorization, most).await
            }
            outcome => outcome,
        };
        if fetched.is_err() {
            source.ledger.sweep(repository)?;
        }
        let settled = source.ledger.settle(repository).map_err(|_| MirrorError::NoRoom);
        if settled.is_err() || matches!(fetched, Err(MirrorError::Broken(_))) {
            source.ledger.forget_alone(repository)?;
        }
        fetched.and(settled)
    }

    async fn fetch(
        &self,
        mirror: &Path,
        address: &str,
        authorization: &HeaderValue,
        most: u64,
    ) -> Result<(), MirrorError> {
        tokio::fs::create_dir_all(mirror).await?;
        if !tokio::fs::try_exists(mirror.join("HEAD")).await? {
            fetched(self.git.run(Job::new(["init", "-q", "--bare", "--template="], INIT_TIME).inside(mirror)).await?)?;
        }
        let arguments = ["--git-dir=.", "fetch", "-q", "--prune", "--no-tags", "--no-write-fetch-head", address];
        let job = Job::new(arguments.into_iter().chain(["+refs/*:refs/*"]), FETCH_TIME).inside(mirror);
        let header = Zeroizing::new(format!("Authorization: {}", String::from_utf8_lossy(authorization.as_bytes())));
        fetched(self.git.run(job.configure("http.extraHeader", header).writing_at_most(most)).await?)
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

fn address(upstream: &Url, repository: &RepositoryName) -> String {
    format!("{}/{repository}.git", upstream.as_str().trim_end_matches('/'))
}

fn in_store(repository: &Path) -> Result<Base, MirrorError> {
    let absent = |_| MirrorError::NotInStore(repository.to_owned());
    let objects = fs::canonicalize(repository.join("objects")).map_err(absent)?;
    Ok(Base { repository: repository.to_owned(), objects, _lease: None })
}

/// Reads git's complaint, in the words of `http.c` and `remote-curl.c` under `LC_ALL=C`.
fn fetched(finished: Finished) -> Result<(), MirrorError> {
    let Finished { code, complaint, .. } = finished;
    let says = |words: &[&str]| words.iter().any(|word| complaint.contains(word));
    match code {
        0 => Ok(()),
        _ if says(&["File too large", "died of signal 25", "No space left"]) => Err(MirrorError::NoRoom),
        _ if says(&["Authentication failed", "could not read Username"]) => Err(MirrorError::CredentialRefused),
        _ if says(&["' not found", "error: 403"]) => Err(MirrorError::Refused(complaint)),
        _ if says(&["unable to access", "RPC failed", "hung up", "early EOF", "remote error"]) => {
            Err(MirrorError::Unreachable(complaint))
        }
        _ => Err(MirrorError::Broken(complaint)),
    }
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
            MirrorError::Broken(_) | MirrorError::Io(_) => Reason::SpoolFull,
        };
        Self::new(reason).truly(error)
    }
}

#[cfg(test)]
mod tests;
