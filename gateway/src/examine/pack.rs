//! Telling an update from a force, in quarantine.
//!
//! The two ids of a command do not say whether the old commit is an ancestor of the new one; the objects do, and the
//! new ones are in the pack. So the pack is indexed, by git, in an empty repository of its own that borrows the objects
//! the forge has, and is asked there. Nothing of it reaches mirror or forge before the decision, and all of it is gone
//! afterwards.
//!
//! What is not shown to be a fast-forward is a force. The rule is git's own (`set_ref_status_for_push` in `remote.c`):
//! moving a tag is always a force, for who fetched it will not see it move; elsewhere both ends must be commits, the
//! old one reachable from the new.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gogs_spanner_capability::Reason;
use gogs_spanner_gitwire::{ObjectId, RefUpdate};
use tempfile::TempDir;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::mirror::{Base, INIT_TIME, Mirrors};
use super::spool::{QuotaError, Reservation, Spool, SpoolError, Spooled};
use crate::process::{Git, Job, ProcessError};
use crate::refuse::Refusal;

/// Quarantines at a time: each may take [`crate::process::ADDRESS_SPACE`].
const MAX_QUARANTINES: usize = 4;

/// How long a push waits for a quarantine before it is told to come back.
const WAITING_TIME: Duration = Duration::from_mins(1);

/// How long indexing may take: 80,000 objects take half a second, a blob of 3 GiB takes five (git 2.39, measured).
const INDEX_TIME: Duration = Duration::from_mins(5);

/// How long walking the history of all updates of a push may take together.
const WALK_TIME: Duration = Duration::from_mins(1);

/// Room for the bases a thin pack is completed with, which are not in the pack and so not in its length.
const THIN_ROOM: u64 = 64 * 1024 * 1024;

/// What the new commit of an update is to the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinship {
    /// A descendant: nothing is lost.
    FastForward,
    /// Anything else.
    Forced,
}

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
    /// Git did not end by itself.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The disk failed.
    #[error("the quarantine cannot be used: {0}")]
    Io(#[from] io::Error),
}

/// One push, indexed.
struct Room {
    directory: TempDir,
    reservation: Reservation,
    _place: OwnedSemaphorePermit,
}

impl Kinship {
    /// What the ids and the name say by themselves; `None` if it takes the objects.
    pub fn at_sight(update: &RefUpdate) -> Option<Self> {
        match (update.name.is_tag(), update.old == update.new) {
            (_, true) => Some(Self::FastForward),
            (true, false) => Some(Self::Forced),
            (false, false) => None,
        }
    }
}

impl Quarantine {
    /// Takes the spool and all below it.
    pub fn open(settings: Settings) -> Result<Self, SpoolError> {
        let spool = Spool::open(&settings.directory, settings.quota)?;
        let git = Git::new(spool.home());
        let mirrors = Mirrors::new(&spool, git.clone(), settings.upstream, settings.repositories);
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

    /// The kinship of each update, in their order. Asked of a creation or a deletion it says [`Kinship::Forced`].
    pub async fn ancestry(
        &self,
        pack: &Spooled,
        base: &Base,
        updates: &[RefUpdate],
    ) -> Result<Vec<Kinship>, PackError> {
        if let Some(known) = updates.iter().map(Kinship::at_sight).collect() {
            return Ok(known);
        }
        let room = self.admit(pack, base).await?;
        let walk = async {
            let mut kinships = Vec::with_capacity(updates.len());
            for update in updates {
                kinships.push(match Kinship::at_sight(update) {
                    Some(kinship) => kinship,
                    None => self.kinship(room.directory.path(), update.old, update.new).await?,
                });
            }
            Ok(kinships)
        };
        tokio::time::timeout(WALK_TIME, walk).await.map_err(|_| ProcessError::TimeLimit(WALK_TIME))?
    }

    /// Indexes a pack in a room of its own.
    async fn admit(&self, pack: &Spooled, base: &Base) -> Result<Room, PackError> {
        let place = tokio::time::timeout(WAITING_TIME, Arc::clone(&self.places).acquire_owned());
        let place = place.await.ok().and_then(Result::ok).ok_or(PackError::Busy)?;
        // The pack is written once more, with an index that may be as long.
        let reservation = self.spool.quota().reserve(pack.length().saturating_mul(2).saturating_add(THIN_ROOM))?;
        let directory = tempfile::tempdir_in(self.spool.quarantine())?;
        let room = Room { directory, reservation, _place: place };
        let path = room.directory.path();
        self.read(Job::new(["init", "-q", "--bare", "--template="], INIT_TIME).inside(path)).await?;
        let alternates = [base.objects().as_os_str().as_encoded_bytes(), b"\n"].concat();
        tokio::fs::create_dir_all(path.join("objects/info")).await?;
        tokio::fs::write(path.join("objects/info/alternates"), alternates).await?;
        let index = Job::new(["--git-dir=.", "index-pack", "--stdin", "--fix-thin"], INDEX_TIME).inside(path);
        self.read(index.reading(pack.file()?).writing_at_most(room.reservation.bytes())).await?;
        Ok(room)
    }

    /// Runs a job that reads what a stranger wrote.
    async fn read(&self, job: Job) -> Result<(), PackError> {
        match self.git.run(job).await {
            Ok(finished) if finished.code == 0 => Ok(()),
            Ok(finished) if exhausted(&finished.complaint) => Err(PackError::Exhausting(finished.complaint)),
            Ok(finished) => Err(PackError::Unreadable(finished.complaint)),
            Err(ProcessError::Killed(signal)) => Err(PackError::Exhausting(ProcessError::Killed(signal).to_string())),
            Err(error) => Err(error.into()),
        }
    }

    /// `--is-ancestor` says 0 for yes, 1 for no, 128 where either end is no commit that is there.
    async fn kinship(&self, room: &Path, old: ObjectId, new: ObjectId) -> Result<Kinship, PackError> {
        let (old, new) = (old.to_string(), new.to_string());
        let arguments = ["--git-dir=.", "merge-base", "--is-ancestor", &old, &new];
        let finished = self.git.run(Job::new(arguments, WALK_TIME).inside(room)).await?;
        match finished.code {
            0 => Ok(Kinship::FastForward),
            _ if exhausted(&finished.complaint) => Err(PackError::Exhausting(finished.complaint)),
            _ => Ok(Kinship::Forced),
        }
    }
}

/// Whether git met a limit of its own, in the words of `wrapper.c` and `packfile.c`.
fn exhausted(complaint: &str) -> bool {
    ["ut of memory", "mmap failed", "File too large"].iter().any(|words| complaint.contains(words))
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
            PackError::Busy | PackError::Quota(QuotaError::Full) | PackError::Io(_) => Self::new(Reason::SpoolFull),
            PackError::Process(_) => Self::new(Reason::InternalError),
        };
        refusal.truly(error)
    }
}

#[cfg(test)]
mod tests;
