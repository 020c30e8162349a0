//! Where a body waits on disk while it is looked into.
//!
//! ```text
//! SPOOL/lock          held for as long as the gateway runs: a spool has one owner
//! SPOOL/home          git's home, empty
//! SPOOL/mirrors       see mirror.rs; kept as long as there is room
//! SPOOL/quarantine    see pack.rs; emptied at start, for a killed gateway could not
//! ```
//!
//! A spooled body is a file without a name, so it is gone with its last handle however the gateway ends. All bodies
//! and quarantines share one quota.

mod quota;
mod within;

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Seek};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use gogs_spanner_capability::{AgentName, Reason};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::io::{AsyncWriteExt, BufWriter};
use tokio::time::timeout;
use tokio_util::io::ReaderStream;

use crate::body::Paced;
use crate::places::{Place, Places, Taken};
use crate::refuse::Refusal;

pub use self::{
    quota::{GiveWay, Quota, QuotaError, Reservation},
    within::Within,
};

/// Bytes read from disk at once when a body is sent on.
const READ_SIZE: usize = 64 * 1024;

/// Bytes gathered before they are written to disk.
const WRITE_SIZE: usize = 256 * 1024;

/// Bodies that wait on disk at once. Each may come to be as large as the quota.
const PLACES: usize = 32;
/// Those of one agent: what it brings and never ends leaves others the rest.
const PLACES_OF_AN_AGENT: usize = 4;
/// How long one is waited for: other callers decide how long theirs take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a body may go on coming, and keep what it has of the disk from others: half an hour is a gigabyte over a line
/// of five megabits, and less than tokens live.
const STORED_WITHIN: Duration = Duration::from_mins(30);

/// The gateway's own directory for pushes it looks into.
#[derive(Clone, Debug)]
pub struct Spool {
    directory: PathBuf,
    quota: Quota,
    places: Arc<Places>,
    _lock: Arc<Lock>,
}

/// The spool's lock. It is let go of by word: closing the file is not enough while a child that is just being started has
/// a copy of it.
#[derive(Debug)]
struct Lock(File);

/// A body on disk; its room is given back when the last clone and the last [`SpooledBody`] are gone.
#[derive(Clone, Debug)]
pub struct Spooled(Arc<Stored>);

#[derive(Debug)]
struct Stored {
    file: File,
    reservation: Reservation,
    _place: Place,
}

/// A spooled body on its way to the forge.
#[derive(Debug)]
pub struct SpooledBody {
    chunks: ReaderStream<tokio::fs::File>,
    left: u64,
    _stored: Spooled,
}

/// Why a body could not be spooled.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// There is no room, now or ever.
    #[error(transparent)]
    Quota(#[from] QuotaError),
    /// The agent has as many bodies there as one may.
    #[error("{PLACES_OF_AN_AGENT} pushes of this agent are waiting on disk already")]
    AgentFull,
    /// There are as many as may be.
    #[error("{PLACES} pushes are waiting on disk already")]
    Full,
    /// It takes others' room for too long.
    #[error("not all of the push came within {} minutes", STORED_WITHIN.as_secs() / 60)]
    Slow,
    /// The caller's body broke off.
    #[error("the body broke off: {0}")]
    Body(String),
    /// The disk failed.
    #[error("the spool cannot be used: {0}")]
    Io(#[from] io::Error),
    /// Another gateway uses the directory.
    #[error("the spool is in use by another process")]
    InUse,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What cannot be unlocked ends with the process.
        let _ended = self.0.unlock();
    }
}

impl Spool {
    /// Takes `directory`, making it if need be, and clears away what a killed gateway left.
    pub fn open(directory: &Path, quota: u64) -> Result<Self, SpoolError> {
        let private = |path: &Path| DirBuilder::new().recursive(true).mode(0o700).create(path);
        private(directory)?;
        let directory = directory.canonicalize()?;
        let lock = File::create(directory.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => SpoolError::InUse,
            TryLockError::Error(error) => SpoolError::Io(error),
        })?;
        let places = Places::new(PLACES, PLACES_OF_AN_AGENT, PATIENCE);
        let spool = Self { directory, quota: Quota::new(quota), places: Arc::new(places), _lock: Arc::new(Lock(lock)) };
        if spool.quarantine().exists() {
            fs::remove_dir_all(spool.quarantine())?;
        }
        [spool.home(), spool.mirrors(), spool.quarantine()].iter().try_for_each(|path| private(path))?;
        Ok(spool)
    }

    /// Writes a body of an agent to disk as it arrives, no more slowly than [`Paced`] has it, in one of the agent's places.
    /// What is left of it after an error is the caller's to drain.
    pub async fn store<B>(&self, agent: &AgentName, body: &mut B) -> Result<Spooled, SpoolError>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: std::fmt::Display,
    {
        let place = self.places.take(agent).await?;
        let (file, reservation) = timeout(STORED_WITHIN, self.write(body)).await.map_err(|_| SpoolError::Slow)??;
        Ok(Spooled(Arc::new(Stored { file, reservation, _place: place })))
    }

    async fn write<B>(&self, body: &mut B) -> Result<(File, Reservation), SpoolError>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: std::fmt::Display,
    {
        let mut reservation = self.quota.reserve(0)?;
        let file = tempfile::tempfile_in(&self.directory)?;
        let mut body = Paced::new(body);
        let mut writer = BufWriter::with_capacity(WRITE_SIZE, tokio::fs::File::from_std(file.try_clone()?));
        while let Some(frame) = body.frame().await {
            let Ok(chunk) = frame.map_err(|error| SpoolError::Body(error.to_string()))?.into_data() else { continue };
            reservation.grow(chunk.len() as u64)?;
            writer.write_all(&chunk).await?;
        }
        writer.flush().await?;
        Ok((file, reservation))
    }

    /// The quota all bodies and quarantines share.
    pub fn quota(&self) -> &Quota {
        &self.quota
    }

    /// Git's home.
    pub fn home(&self) -> PathBuf {
        self.directory.join("home")
    }

    /// Where mirrors stand.
    pub(super) fn mirrors(&self) -> PathBuf {
        self.directory.join("mirrors")
    }

    /// Where quarantines stand.
    pub(super) fn quarantine(&self) -> PathBuf {
        self.directory.join("quarantine")
    }
}

impl Spooled {
    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.0.reservation.bytes()
    }

    /// The file, at its beginning. All handles share one position: it is read by one reader after the other.
    pub(super) fn file(&self) -> io::Result<File> {
        let mut file = self.0.file.try_clone()?;
        file.rewind()?;
        Ok(file)
    }

    /// The body, from its beginning, to be sent on.
    pub fn body(&self) -> io::Result<SpooledBody> {
        let file = tokio::fs::File::from_std(self.file()?);
        let chunks = ReaderStream::with_capacity(file, READ_SIZE);
        Ok(SpooledBody { chunks, left: self.length(), _stored: self.clone() })
    }
}

impl Body for SpooledBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let chunk = ready!(Pin::new(&mut self.chunks).poll_next(context));
        if let Some(Ok(chunk)) = &chunk {
            self.left = self.left.saturating_sub(chunk.len() as u64);
        }
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl From<Taken> for SpoolError {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::ByAgent => Self::AgentFull,
            Taken::ByAll => Self::Full,
        }
    }
}

impl From<SpoolError> for Refusal {
    fn from(error: SpoolError) -> Self {
        match &error {
            SpoolError::Quota(QuotaError::Never { quota }) => Self::new(Reason::TooLarge)
                .because(format!("a push that has to wait on disk may have {quota} bytes at most")),
            SpoolError::Body(how) => {
                Self::new(Reason::RequestMalformed).because(format!("the body of the push broke off: {how}"))
            }
            SpoolError::AgentFull => {
                Self::new(Reason::SpoolFull).because(error.to_string()).hint("push one after another")
            }
            SpoolError::Full => Self::new(Reason::SpoolFull).because(error.to_string()),
            SpoolError::Slow => Self::new(Reason::RequestMalformed)
                .because(error.to_string())
                .hint("send it over a faster line, or in smaller parts"),
            SpoolError::Quota(QuotaError::Full) | SpoolError::Io(_) | SpoolError::InUse => {
                Self::new(Reason::SpoolFull).truly(error)
            }
        }
    }
}

#[cfg(test)]
mod tests;
