//! Looking into a push, in quarantine.
//!
//! The two ids of a command do not say whether the old commit is an ancestor of the new one, nor which paths change; the
//! objects do, and the new ones are in the pack. So the pack is indexed, by git, in an empty repository of its own that
//! borrows the objects the forge has, and is asked there. Nothing of it reaches mirror or forge before the decision, and
//! all of it is gone afterwards.

mod alone;
mod ancestry;
mod commits;
mod diff;
mod refs;
mod touches;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gogs_spanner_capability::{Reason, token::MAX_PATHS};
use tempfile::TempDir;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

pub use self::{ancestry::Kinship, commits::Commit, refs::ForgeRefs, touches::Span};
use super::mirror::{Base, INIT_TIME, Mirrors};
use super::spool::{QuotaError, Reservation, Spool, SpoolError, Spooled};
use crate::process::{Finished, Git, Job, ProcessError};
use crate::refuse::Refusal;

/// Quarantines at a time: each may take [`crate::process::ADDRESS_SPACE`].
const MAX_QUARANTINES: usize = 4;

/// How long a push waits for a quarantine before it is told to come back.
const WAITING_TIME: Duration = Duration::from_mins(1);

/// How long indexing may take: 80,000 objects take half a second, a blob of 3 GiB takes five (git 2.39, measured).
const INDEX_TIME: Duration = Duration::from_mins(5);

/// How long all that is asked about the updates of a push may take together.
const WALK_TIME: Duration = Duration::from_mins(1);

/// Bytes of a list of refs or of changes that are read: some 100,000 of either.
const LISTING: usize = 16 * 1024 * 1024;

/// Room for the bases a thin pack is completed with, which are not in the pack and so not in its length.
const THIN_ROOM: u64 = 64 * 1024 * 1024;

/// Everything it takes to look into a push: where it waits, what it builds upon, where it is unpacked.
#[derive(Debug)]
pub struct Quarantine {
    git: Git,
    spool: Spool,
    mirrors: Mirrors,
    places: Arc<Semaphore>,
}

/// Where a quarantine stands and what it builds upon.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `[git] spool`.
    pub directory: PathBuf,
    /// `[git] quota`, in bytes.
    pub quota: u64,
    /// `[upstream] url`.
    pub upstream: Url,
    /// `[upstream] repositories`.
    pub repositories: Option<PathBuf>,
}

/// Why a pack could not be looked into.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// No quarantine became free.
    #[error("no quarantine became free")]
    Busy,
    /// There is no room to unpack it.
    #[error(transparent)]
    Quota(#[from] QuotaError),
    /// It takes more memory or disk than it is given.
    #[error("the pack unfolds to more than it is given: {0}")]
    Exhausting(String),
    /// Git cannot read it.
    #[error("git cannot read the pack: {0}")]
    Unreadable(String),
    /// It changes more paths, or brings more commits, than rules of paths are decided for.
    #[error("it changes too many paths")]
    TooManyPaths,
    /// Git did not end by itself.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The disk failed.
    #[error("the quarantine cannot be used: {0}")]
    Io(#[from] io::Error),
}

/// One push, indexed: what it brings can be asked here.
#[derive(Debug)]
pub struct Room {
    git: Git,
    /// What it builds upon; nothing where the pack is looked at alone.
    base: Option<Base>,
    directory: TempDir,
    _reservation: Reservation,
    _place: OwnedSemaphorePermit,
}

impl Quarantine {
    /// Takes the spool and all below it.
    pub fn open(settings: Settings) -> Result<Self, SpoolError> {
        let spool = Spool::open(&settings.directory, settings.quota)?;
        let git = Git::new(spool.home());
        let mirrors = Mirrors::new(&spool, git.clone(), settings.upstream, settings.repositories)?;
        Ok(Self { git, spool, mirrors, places: Arc::new(Semaphore::new(MAX_QUARANTINES)) })
    }

    /// Where bodies wait.
    pub fn spool(&self) -> &Spool {
        &self.spool
    }

    /// What pushes build upon.
    pub fn mirrors(&self) -> &Mirrors {
        &self.mirrors
    }

    /// Indexes a pack in a room of its own.
    pub async fn admit(&self, pack: &Spooled, base: &Base) -> Result<Room, PackError> {
        // The pack is written once more, with an index that may be as long.
        let bytes = pack.length().saturating_mul(2).saturating_add(THIN_ROOM);
        let room = self.open_room(bytes, Some(base.clone())).await?;
        let alternates = [base.objects().as_os_str().as_encoded_bytes(), b"\n"].concat();
        tokio::fs::create_dir_all(room.path().join("objects/info")).await?;
        tokio::fs::write(room.path().join("objects/info/alternates"), alternates).await?;
        let index = Job::new(["--git-dir=.", "index-pack", "--stdin", "--fix-thin"], INDEX_TIME).inside(room.path());
        room.run(index.reading(pack.file()?).writing_at_most(bytes)).await?;
        Ok(room)
    }

    /// An empty repository, with so much room on disk.
    async fn open_room(&self, bytes: u64, base: Option<Base>) -> Result<Room, PackError> {
        let place = tokio::time::timeout(WAITING_TIME, Arc::clone(&self.places).acquire_owned());
        let place = place.await.ok().and_then(Result::ok).ok_or(PackError::Busy)?;
        let reservation = self.spool.quota().reserve(bytes)?;
        let directory = tempfile::tempdir_in(self.spool.quarantine())?;
        let room = Room { git: self.git.clone(), base, directory, _reservation: reservation, _place: place };
        room.run(Job::new(["init", "-q", "--bare", "--template="], INIT_TIME).inside(room.path())).await?;
        Ok(room)
    }
}

impl Room {
    /// Bounds the time of everything that is asked about one push.
    pub async fn within_time<T>(work: impl Future<Output = Result<T, PackError>>) -> Result<T, PackError> {
        tokio::time::timeout(WALK_TIME, work).await.map_err(|_| ProcessError::TimeLimit(WALK_TIME))?
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A question that may fail: how it ended is the answer.
    async fn ask(&self, arguments: &[&str]) -> Result<Finished, PackError> {
        let arguments = ["--git-dir=."].iter().chain(arguments).copied();
        let finished = self.git.run(Job::new(arguments, WALK_TIME).inside(self.path())).await?;
        if exhausted(&finished.complaint) { Err(PackError::Exhausting(finished.complaint)) } else { Ok(finished) }
    }

    /// A question with a long answer.
    fn listing(&self, arguments: &[&str]) -> Job {
        let arguments = ["--git-dir=."].iter().chain(arguments).copied();
        Job::new(arguments, WALK_TIME).inside(self.path()).answering_at_most(LISTING)
    }

    /// Runs a job that reads what a stranger wrote, and must succeed.
    async fn run(&self, job: Job) -> Result<Finished, PackError> {
        match self.git.run(job).await {
            Ok(finished) if finished.code == 0 => Ok(finished),
            Ok(finished) if exhausted(&finished.complaint) => Err(PackError::Exhausting(finished.complaint)),
            Ok(finished) if disk_is_full(&finished.complaint) => Err(PackError::Io(io::ErrorKind::StorageFull.into())),
            Ok(finished) => Err(PackError::Unreadable(finished.complaint)),
            Err(ProcessError::Killed(signal)) => Err(PackError::Exhausting(ProcessError::Killed(signal).to_string())),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether git met a limit of its own, in the words of `wrapper.c` and `packfile.c`.
fn exhausted(complaint: &str) -> bool {
    ["ut of memory", "mmap failed", "File too large"].iter().any(|words| complaint.contains(words))
}

/// Whether there was no room on the disk itself, whatever the quota says.
fn disk_is_full(complaint: &str) -> bool {
    complaint.contains("No space left on device")
}

impl From<PackError> for Refusal {
    fn from(error: PackError) -> Self {
        let refusal = match &error {
            PackError::Unreadable(_) => {
                Self::new(Reason::RequestMalformed).because("git cannot read the pack of this push")
            }
            PackError::Exhausting(_) | PackError::Quota(QuotaError::Never { .. }) => Self::new(Reason::TooLarge)
                .because("looking into this push takes more memory or disk than there is for it"),
            PackError::Process(ProcessError::TimeLimit(_)) => {
                Self::new(Reason::TooLarge).because("looking into this push takes longer than there is time for it")
            }
            PackError::TooManyPaths | PackError::Process(ProcessError::OutputTooLong(_)) => Self::new(Reason::TooLarge)
                .because(format!("where paths are limited, a push changes at most {MAX_PATHS} of them"))
                .hint("push fewer commits at a time, or use a right without paths"),
            PackError::Busy | PackError::Quota(QuotaError::Full) | PackError::Io(_) => Self::new(Reason::SpoolFull),
            PackError::Process(_) => Self::new(Reason::InternalError),
        };
        refusal.truly(error)
    }
}

#[cfg(test)]
mod tests;
