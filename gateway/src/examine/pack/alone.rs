//! A fast-forward that the pack alone proves.
//!
//! A mirror's first fetch carries a whole repository. The commits of a small push are whole in its pack even where the
//! rest of it is thin (`add_preferred_base` in `pack-objects.c` takes trees and blobs only), and a commit names its
//! parents: if the way from the new commit leads over commits of the pack to the old one, nothing else is needed.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::time::Duration;

use gogs_spanner_gitwire::{ObjectId, RefUpdate};

use super::{Commit, PackError, Quarantine, Room, Spooled};
use crate::process::Job;

/// Bytes of a pack that is tried: reading it twice, should it prove nothing, costs less than a fetch.
const MOST_BYTES: u64 = 1024 * 1024;

/// Objects of such a pack; each becomes a file.
const MOST_OBJECTS: u32 = 256;

/// Bytes of one object; with a larger one the push is looked into as ever.
const OBJECT_BYTES: u64 = 1024 * 1024;

/// How long it may take.
const TIME: Duration = Duration::from_secs(10);

/// The header of a pack: `PACK`, its version, and how many objects it says it has (gitformat-pack(5)).
const HEADER: usize = 12;

/// Every commit that is whole in a pack.
#[derive(Debug, Default)]
pub struct History(HashMap<ObjectId, Commit>);

impl History {
    /// Whether the way from the new commit leads to the old one.
    pub fn proves(&self, update: &RefUpdate) -> bool {
        self.reached(update).contains(&update.old)
    }

    /// The commits of the pack that an update brings to the branch, and those they build upon that are not in it: if the
    /// forge has all of these, the update brings nothing else.
    pub fn brought(&self, update: &RefUpdate) -> (Vec<(ObjectId, &Commit)>, Vec<ObjectId>) {
        let reached = self.reached(update).into_iter().filter(|id| *id != update.old);
        let (here, elsewhere) = reached.partition::<Vec<_>, _>(|id| self.0.contains_key(id));
        (here.into_iter().filter_map(|id| Some((id, self.0.get(&id)?))).collect(), elsewhere)
    }

    /// What the new commit leads to, as far as the pack tells, and no further than the old one.
    fn reached(&self, update: &RefUpdate) -> BTreeSet<ObjectId> {
        let (mut open, mut seen) = (vec![update.new], BTreeSet::new());
        while let Some(commit) = open.pop() {
            if seen.insert(commit) && commit != update.old {
                open.extend(self.0.get(&commit).into_iter().flat_map(|commit| &commit.parents));
            }
        }
        seen
    }
}

impl Quarantine {
    /// The commits a pack itself has; none where it is too large to be tried, or cannot be read by itself.
    pub async fn history(&self, pack: &Spooled) -> History {
        match objects(pack) {
            Some(count) if pack.length() <= MOST_BYTES && count <= MOST_OBJECTS => {
                self.read_alone(pack, count).await.unwrap_or_default()
            }
            _ => History::default(),
        }
    }

    async fn read_alone(&self, pack: &Spooled, count: u32) -> Result<History, PackError> {
        let room = self.open_room(u64::from(count) * OBJECT_BYTES, None).await?;
        let unpack = Job::new(["--git-dir=.", "unpack-objects", "-q", "-r"], TIME).inside(room.path());
        // It complains of deltas whose bases are not there, after it wrote the objects that are whole.
        self.git.run(unpack.reading(pack.file()?).writing_at_most(OBJECT_BYTES)).await?;
        room.commits().await
    }
}

impl Room {
    /// All commits of a room that builds upon nothing.
    async fn commits(&self) -> Result<History, PackError> {
        let every = ["cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"];
        let listed = self.run(self.listing(&every)).await?.output;
        let commits: Vec<_> = lines(&listed).filter_map(|line| line.strip_prefix(b"commit ")).collect();
        Ok(History(self.read_commits(&commits.join(&b'\n')).await?))
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty())
}

/// How many objects a pack says it has.
fn objects(pack: &Spooled) -> Option<u32> {
    let mut header = [0; HEADER];
    pack.file().ok()?.read_exact(&mut header).ok()?;
    header.strip_prefix(b"PACK\0\0\0\x02")?.try_into().ok().map(u32::from_be_bytes)
}
