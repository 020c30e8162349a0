//! Bringing mirrors up to date: few at a time, each within room on disk that is taken before git begins.
//!
//! How much a fetch brings is not known beforehand. It is given a share of what is free, so that others keep some; one
//! that needs more begins again with all there is, what idle mirrors make way with included. Git is told how large a file
//! may grow and writes two of them, a pack and its index, so each may have half the room.

use std::path::Path;
use std::time::Duration;

use gogs_spanner_capability::RepositoryName;
use http::HeaderValue;
use tokio::sync::SemaphorePermit;
use url::Url;
use zeroize::Zeroizing;

use super::{Fetched, INIT_TIME, MirrorError, place};
use crate::process::{Finished, Job, ProcessError};

/// Fetches at a time, as many as quarantines: each may take [`crate::process::ADDRESS_SPACE`]. With a share of a
/// quarter each, they leave a third of what was free.
pub(super) const MAX_FETCHES: usize = 4;

/// How long a fetch waits for its place before the push is told to come back.
const WAITING_TIME: Duration = Duration::from_mins(1);

/// How long a fetch may take: the first one of a repository carries all of it. A stalled one ends after 30 s (see
/// `http.lowSpeedTime` in process.rs).
pub(super) const FETCH_TIME: Duration = Duration::from_mins(10);

/// Files that git writes at the same time, each with the limit of its own: a pack and its index.
const FILES: u64 = 2;

impl Fetched {
    /// Fetches into a mirror, and gathers its packs where they have become many.
    pub(super) async fn update(
        &self,
        repository: &RepositoryName,
        authorization: &HeaderValue,
    ) -> Result<(), MirrorError> {
        let _place = self.place().await?;
        match self.fetch_within(self.ledger.share(), repository, authorization).await {
            Err(MirrorError::NoRoom) => self.fetch_within(self.ledger.available(), repository, authorization).await?,
            outcome => outcome?,
        }
        self.gather(repository).await
    }

    async fn place(&self) -> Result<SemaphorePermit<'_>, MirrorError> {
        let place = tokio::time::timeout(WAITING_TIME, self.places.acquire());
        place.await.ok().and_then(Result::ok).ok_or(MirrorError::Busy)
    }

    /// Fetches into the mirror, which may grow by `most`. One that cannot be fetched into is made anew, and one that cannot
    /// be finished is not kept.
    async fn fetch_within(
        &self,
        most: u64,
        repository: &RepositoryName,
        authorization: &HeaderValue,
    ) -> Result<(), MirrorError> {
        let (mirror, address) = (place(&self.directory, repository), address(&self.upstream, repository));
        let room = self.ledger.widen(repository, most).map_err(|_| MirrorError::NoRoom)?;
        let fetched = match self.fetch(&mirror, &address, authorization, most).await {
            Err(MirrorError::Broken(_)) => {
                tokio::fs::remove_dir_all(&mirror).await?;
                self.fetch(&mirror, &address, authorization, most).await
            }
            outcome => outcome,
        };
        let settled = room.settle();
        if matches!(fetched, Err(MirrorError::Broken(_))) {
            self.ledger.forget_alone(repository)?;
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
            let job = Job::new(["init", "-q", "--bare", "--template="], INIT_TIME);
            fetched(self.git.run(job.inside(mirror)).await)?;
        }
        let quietly = ["--git-dir=.", "fetch", "-q", "--prune", "--no-tags", "--no-write-fetch-head"];
        let arguments = quietly.into_iter().chain(["--no-auto-maintenance", address, "+refs/*:refs/*"]);
        let job = Job::new(arguments, FETCH_TIME).inside(mirror).writing_at_most(most / FILES);
        let header = Zeroizing::new(format!("Authorization: {}", String::from_utf8_lossy(authorization.as_bytes())));
        fetched(self.git.run(job.configure("http.extraHeader", header)).await)
    }

    /// Each fetch leaves a pack; git finds out when they are too many. A mirror with many serves as well, only more slowly,
    /// so where this cannot be done it is left for another time.
    async fn gather(&self, repository: &RepositoryName) -> Result<(), MirrorError> {
        let most = self.ledger.share();
        let Ok(room) = self.ledger.widen(repository, most) else { return Ok(()) };
        let job = Job::new(["--git-dir=.", "gc", "--auto", "-q"], FETCH_TIME).writing_at_most(most / FILES);
        let _gathered = self.git.run(job.inside(&place(&self.directory, repository))).await;
        room.settle()
    }
}

fn address(upstream: &Url, repository: &RepositoryName) -> String {
    format!("{}/{repository}.git", upstream.as_str().trim_end_matches('/'))
}

/// Reads git's complaint, in the words of `http.c` and `remote-curl.c` under `LC_ALL=C`.
fn fetched(ended: Result<Finished, ProcessError>) -> Result<(), MirrorError> {
    let Finished { code, complaint, .. } = ended?;
    let says = |words: &[&str]| words.iter().any(|word| complaint.contains(word));
    match code {
        0 => Ok(()),
        _ if says(&["File too large", "No space left"]) => Err(MirrorError::NoRoom),
        _ if says(&["Authentication failed", "could not read Username"]) => Err(MirrorError::CredentialRefused),
        _ if says(&["' not found", "error: 403"]) => Err(MirrorError::Refused(complaint)),
        _ if says(&["unable to access", "RPC failed", "hung up", "early EOF", "remote error"]) => {
            Err(MirrorError::Unreachable(complaint))
        }
        _ => Err(MirrorError::Broken(complaint)),
    }
}
