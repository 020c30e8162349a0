//! How much room mirrors take, and which one goes when room is wanted.
//!
//! Mirrors share the spool's quota with the pushes that are looked into. A mirror is a cache, so the one least recently
//! used makes way for whatever needs the room, unless a push is just building upon it.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io, mem};

use gogs_spanner_capability::RepositoryName;
use tempfile::TempDir;

use super::super::spool::{GiveWay, Quota, QuotaError, Reservation, Spool};
use super::place;

/// The unit of `st_blocks` (stat(3type)).
const BLOCK: u64 = 512;

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
                ledger.forget(&name)?;
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

    /// The most a fetch may write: what is free, and what other mirrors would make way with.
    pub(super) fn available(&self) -> u64 {
        let idle = |entry: &&Entry| !entry.lease.is_out();
        let idle: u64 = self.kept().mirrors.values().filter(idle).map(|entry| entry.room.bytes()).sum();
        self.quota.free().saturating_add(idle)
    }

    /// Measures a mirror that is in use, and takes the room it has.
    pub(super) fn settle(&self, name: &RepositoryName) -> Result<(), QuotaError> {
        let size = size_of(&place(&self.directory, name));
        // Without the lock, which whatever has to make way asks for.
        let mut room = self.quota.reserve(0)?;
        let swap = |room: &mut Reservation| {
            if let Some(entry) = self.kept().mirrors.get_mut(name) {
                mem::swap(&mut entry.room, room);
            }
        };
        swap(&mut room);
        let resized = room.resize(size);
        swap(&mut room);
        resized
    }

    /// Clears away what a fetch that failed left behind. Nobody else fetches into this mirror now.
    pub(super) fn sweep(&self, name: &RepositoryName) -> io::Result<()> {
        let Ok(packs) = fs::read_dir(place(&self.directory, name).join("objects/pack")) else { return Ok(()) };
        for pack in packs.flatten().filter(|pack| pack.file_name().to_string_lossy().starts_with("tmp_")) {
            fs::remove_file(pack.path())?;
        }
        Ok(())
    }

    /// Takes a mirror away, unless somebody else builds upon it.
    pub(super) fn forget_alone(&self, name: &RepositoryName) -> io::Result<()> {
        let is_shared = self.kept().mirrors.get(name).is_some_and(|entry| Arc::strong_count(&entry.lease.0) > 2);
        if is_shared { Ok(()) } else { self.forget(name) }
    }

    /// Takes a mirror away.
    fn forget(&self, name: &RepositoryName) -> io::Result<()> {
        let entry = self.kept().mirrors.remove(name);
        let buried = self.bury(name);
        drop(entry);
        buried.map(drop)
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
        let mut kept = self.kept();
        let idle = kept.mirrors.iter().filter(|(_, entry)| !entry.lease.is_out() && entry.room.bytes() > 0);
        let Some(name) = idle.min_by_key(|(_, entry)| entry.used).map(|(name, _)| name.clone()) else { return false };
        let entry = kept.mirrors.remove(&name);
        let buried = self.bury(&name);
        drop(kept);
        // The room is free once the files are gone.
        let is_gone = buried.is_ok();
        drop(buried);
        drop(entry);
        is_gone
    }
}

/// `DIR/owner/name.git`, whatever else lies there.
fn mirrors_in(directory: &Path) -> io::Result<Vec<(RepositoryName, PathBuf)>> {
    let mut found = Vec::new();
    for owner in fs::read_dir(directory)? {
        for mirror in fs::read_dir(owner?.path())? {
            let mirror = mirror?.path();
            found.extend(name_of(&mirror).map(|name| (name, mirror)));
        }
    }
    Ok(found)
}

fn name_of(mirror: &Path) -> Option<RepositoryName> {
    let owner = mirror.parent()?.file_name()?.to_str()?;
    let name = mirror.file_name()?.to_str()?.strip_suffix(".git")?;
    RepositoryName::parse(&format!("{owner}/{name}")).ok()
}

/// Whether git was ended while it wrote: its locks and its half packs have these names (`lockfile.h`, `odb_mkstemp`).
fn is_half_written(directory: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_left = name.ends_with(".lock") || name.starts_with("tmp_");
        if is_left || (entry.file_type()?.is_dir() && is_half_written(&entry.path())?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a directory takes on disk; what cannot be read takes nothing.
fn size_of(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => size_of(&entry.path()),
        Ok(data) => data.blocks() * BLOCK,
        Err(_) => 0,
    });
    sizes.sum()
}

#[cfg(test)]
mod tests;
