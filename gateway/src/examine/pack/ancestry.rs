//! Telling an update from a force.
//!
//! What is not shown to be a fast-forward is a force. The rule is git's own (`set_ref_status_for_push` in `remote.c`):
//! moving a tag is always a force, for who fetched it will not see it move; elsewhere both ends must be commits, the
//! old one reachable from the new.

use gogs_spanner_gitwire::{ObjectId, RefUpdate};

use super::{PackError, Room};

/// What the new commit of an update is to the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinship {
    /// A descendant: nothing is lost.
    FastForward,
    /// Anything else.
    Forced,
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

impl Room {
    /// The kinship of an update. Asked of a creation or a deletion it says [`Kinship::Forced`].
    pub async fn kinship(&self, update: &RefUpdate) -> Result<Kinship, PackError> {
        match Kinship::at_sight(update) {
            Some(kinship) => Ok(kinship),
            None => self.descent(update.old, update.new).await,
        }
    }

    /// `--is-ancestor` says 0 for yes, 1 for no, 128 where either end is no commit that is there.
    async fn descent(&self, old: ObjectId, new: ObjectId) -> Result<Kinship, PackError> {
        let finished = self.ask(&["merge-base", "--is-ancestor", &old.to_string(), &new.to_string()]).await?;
        Ok(if finished.code == 0 { Kinship::FastForward } else { Kinship::Forced })
    }
}
