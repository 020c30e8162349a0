//! How much room mirrors take, and which one goes when room is wanted.
//!
//! Mirrors share the spool's quota with the pushes that are looked into. A mirror is a cache, so the one least recently
//! used makes way for whatever needs the room, unless a push is just building upon it.

mod disk;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io, mem};

use gogs_spanner_capability::RepositoryName;
use tempfile::TempDir;

use self::disk::{is_half_written, mirrors_in, name_of, size_of};
use super::super::spool::{GiveWay, Quota, QuotaError, Reservation, Spool};
use super::{MirrorError, place};

/// A fetch is given this part of what is free.
const SHARE: u64 = 4;

/// The mirrors on disk, each with the room it takes.
#[derive(Debug)]
pub(super) struct Ledger {
    directory: PathBuf,
    graves: PathBuf,
    quota: Quota,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    mirrors: HashMap<RepositoryName, Entry>,
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    room: Reservation,
    used: u64,
    lease: Lease,
}

/// Held by whoever builds upon a mirror: it is not taken away meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lease(Arc<()>);

/// Room a mirror has while it is written to, beside what it takes. However that ends, the mirror is measured.
#[must_use]
#[derive(Debug)]
pub(super) struct Widened<'a> {
    ledger: &'a Ledger,
    name: &'a RepositoryName,
    is_settled: bool,
}

impl Lease {
    fn is_out(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl Ledger {
    /// Counts the mirrors that are there. What a killed gateway left half-written goes, and what no longer fits.
    pub(super) fn open(spool: &Spool) -> io::Result<Arc<Self>> {
        let (directory, graves, quota) = (spool.mirrors(), spool.quarantine(), spool.quota().clone());
        let ledger = Arc::new(Self { directory, graves, quota, kept: Mutex::default() });
        let mut found = mirrors_in(&ledger.directory)?;
        found.sort_by_key(|(_, mirror)| fs::metadata(mirror).and_then(|data| data.modified()).ok());
        for (name, mirror) in found {
            ledger.enter(&name)?;
            if name_of(&mirror).as_ref() != Some(&name) || is_half_written(&mirror)? || ledger.settle(&name).is_err() {
                ledger.take_away(ledger.kept(), &name)?;
            }
        }
        let yielding: Arc<dyn GiveWay> = Arc::<Self>::clone(&ledger);
        ledger.quota.made_room_by(&yielding);
        Ok(ledger)
    }

    /// Takes a mirror into use, whether it is there yet or not.
    pub(super) fn enter(&self, name: &RepositoryName) -> io::Result<Lease> {
        let none = self.quota.reserve(0).map_err(io::Error::other)?;
        let mut kept = self.kept();
        kept.uses += 1;
        let used = kept.uses;
        let entry = kept.mirrors.entry(name.clone());
        let entry = entry.or_insert_with(|| Entry { room: none, used, lease: Lease::default() });
        entry.used = used;
        Ok(entry.lease.clone())
    }

    /// What a fetch may write at first.
    pub(super) fn share(&self) -> u64 {
        self.quota.free() / SHARE
    }

    /// The most a fetch may write: what is free, and what other mirrors would make way with.
    pub(super) fn available(&self) -> u64 {
        let idle = |entry: &&Entry| !entry.lease.is_out();
        let idle: u64 = self.kept().mirrors.values().filter(idle).map(|entry| entry.room.bytes()).sum();
        self.quota.free().saturating_add(idle)
    }

    /// Takes room for what will be written into a mirror that is in use.
    pub(super) fn widen<'a>(&'a self, name: &'a RepositoryName, more: u64) -> Result<Widened<'a>, QuotaError> {
        self.resize(name, |bytes| bytes.saturating_add(more))?;
        Ok(Widened { ledger: self, name, is_settled: false })
    }

    /// Measures a mirror that is in use, and takes the room it has.
    fn settle(&self, name: &RepositoryName) -> Result<(), QuotaError> {
        let size = size_of(&place(&self.directory, name));
        self.resize(name, |_| size)
    }

    fn resize(&self, name: &RepositoryName, bytes: impl FnOnce(u64) -> u64) -> Result<(), QuotaError> {
        // Without the lock, which whatever has to make way asks for.
        let mut room = self.quota.reserve(0)?;
        let swap = |room: &mut Reservation| {
            if let Some(entry) = self.kept().mirrors.get_mut(name) {
                mem::swap(&mut entry.room, room);
            }
        };
        swap(&mut room);
        let resized = room.resize(bytes(room.bytes()));
        swap(&mut room);
        resized
    }

    /// Clears away what a run of git that failed left behind. Nobody else writes into this mirror now.
    fn sweep(&self, name: &RepositoryName) -> io::Result<()> {
        let Ok(packs) = fs::read_dir(place(&self.directory, name).join("objects/pack")) else { return Ok(()) };
        let is_half = |name: &str| name.starts_with("tmp_") || name.starts_with(".tmp-");
        for pack in packs.flatten().filter(|pack| is_half(&pack.file_name().to_string_lossy())) {
            fs::remove_file(pack.path())?;
        }
        Ok(())
    }

    /// Takes a mirror away, unless somebody else builds upon it.
    pub(super) fn forget_alone(&self, name: &RepositoryName) -> io::Result<()> {
        let kept = self.kept();
        let is_shared = kept.mirrors.get(name).is_some_and(|entry| Arc::strong_count(&entry.lease.0) > 2);
        if is_shared { Ok(()) } else { self.take_away(kept, name) }
    }

    /// Takes a mirror away. Under the lock, so that whoever enters finds it in its place and counted, or neither; its room
    /// is free once the files are gone. What cannot be moved stays counted.
    fn take_away(&self, mut kept: MutexGuard<'_, Kept>, name: &RepositoryName) -> io::Result<()> {
        let buried = self.bury(name)?;
        let entry = kept.mirrors.remove(name);
        drop(kept);
        drop(buried);
        drop(entry);
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves a mirror out of the way at once; it is deleted when what is returned goes.
    fn bury(&self, name: &RepositoryName) -> io::Result<TempDir> {
        let grave = tempfile::tempdir_in(&self.graves)?;
        match fs::rename(place(&self.directory, name), grave.path().join("mirror")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(grave),
        }
    }
}

impl GiveWay for Ledger {
    /// Gives up the mirror that was least recently used, if nobody uses one of them.
    fn give_way(&self) -> bool {
        let kept = self.kept();
        let idle = kept.mirrors.iter().filter(|(_, entry)| !entry.lease.is_out() && entry.room.bytes() > 0);
        let Some(name) = idle.min_by_key(|(_, entry)| entry.used).map(|(name, _)| name.clone()) else { return false };
        self.take_away(kept, &name).is_ok()
    }
}

impl Widened<'_> {
    /// Clears away what is half-written, and takes the room the mirror then has. One that does not fit is not kept.
    pub(super) fn settle(mut self) -> Result<(), MirrorError> {
        self.is_settled = true;
        self.close()
    }

    fn close(&self) -> Result<(), MirrorError> {
        self.ledger.sweep(self.name)?;
        if self.ledger.settle(self.name).is_ok() {
            return Ok(());
        }
        self.ledger.forget_alone(self.name)?;
        Err(MirrorError::NoRoom)
    }
}

impl Drop for Widened<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            // Broken off: what cannot be cleared away keeps the room it was given.
            let _closed = self.close();
        }
    }
}

#[cfg(test)]
mod tests;
