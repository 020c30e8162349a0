//! Where the forge's refs stood when the base was brought up to date.

use std::collections::BTreeMap;

use gogs_spanner_capability::RefName;
use gogs_spanner_gitwire::ObjectId;

use super::{LISTING, PackError, Room, WALK_TIME};
use crate::process::Job;

/// The forge's refs, by name. Names are compared as bytes, so one that no push may have counts as well.
#[derive(Debug, Default)]
pub struct ForgeRefs(BTreeMap<Vec<u8>, ObjectId>);

impl ForgeRefs {
    /// Where a ref stands.
    pub(super) fn tip(&self, name: &RefName) -> Option<ObjectId> {
        self.0.get(name.as_str().as_bytes()).copied()
    }

    /// Everything some ref names: what is reachable from here the forge has.
    pub(super) fn tips(&self) -> impl Iterator<Item = ObjectId> {
        self.0.values().copied()
    }
}

impl Room {
    /// Reads the refs of the base this push builds upon.
    pub async fn forge_refs(&self) -> Result<ForgeRefs, PackError> {
        let Some(base) = &self.base else { return Ok(ForgeRefs::default()) };
        let arguments = ["--git-dir=.", "for-each-ref", "--format=%(objectname) %(refname)"];
        let job = Job::new(arguments, WALK_TIME).inside(base.repository()).answering_at_most(LISTING);
        let listed = self.run(job).await?.output;
        let read = |line: &[u8]| {
            let (id, name) = line.split_at_checked(40)?;
            Some((name.strip_prefix(b" ")?.to_vec(), ObjectId::parse(id)?))
        };
        let lines = listed.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        let refs = lines.map(read).collect::<Option<_>>();
        refs.map(ForgeRefs).ok_or_else(|| PackError::Unreadable("the refs of the base".to_owned()))
    }
}
