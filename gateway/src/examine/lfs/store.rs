//! What is brought to the forge's store of large objects at all: nothing larger than an operator wants it to keep, and nothing
//! to a store that gives objects away (decision 0030).

use gogs_spanner_capability::{LfsObject, Reason};

use super::Batch;
use crate::{
    refuse::Refusal,
    upstream::{Edition, version::Version},
};

/// The first Gogs that lets no repository have an object whose bytes its uploader does not have (GHSA-6p9m-q3jp-47h4), nor
/// take other bytes for one that is there (GHSA-gmf8-978x-2fg2).
const SOUND: Version = Version(0, 14, 3);

/// The forge's store of large objects.
#[derive(Debug)]
pub struct ObjectStore {
    /// Which Gogs keeps it.
    pub edition: Edition,
    /// The largest object that is brought to it, in bytes.
    pub largest: u64,
}

impl ObjectStore {
    /// Refuses every upload to a store that is not known to be sound.
    pub(super) async fn refuse_unsound(&self) -> Result<(), Refusal> {
        let why = match self.edition.sighting().await? {
            Some(sighting) if !sighting.may_be_before(SOUND) => return Ok(()),
            Some(sighting) => {
                format!("this Gogs is {sighting}; before {SOUND} it gives large objects to whoever names them")
            }
            None => {
                format!("it is not known whether this Gogs is {SOUND} or newer, which uploads of large objects need")
            }
        };
        let hint = format!(
            "ask the operator to upgrade Gogs to {SOUND} or newer; if it is, to say so in `[upstream] version`"
        );
        Err(Refusal::new(Reason::UpstreamCannot).because(why).hint(hint))
    }

    /// Refuses an object that is too large.
    pub(super) fn refuse_large(&self, object: &LfsObject) -> Result<(), Refusal> {
        if object.size <= self.largest {
            return Ok(());
        }
        let hint = "keep it elsewhere, or ask the operator for more (`[git] largest_object`)";
        Err(Refusal::new(Reason::TooLarge).because(self.too_large(object)).hint(hint))
    }

    /// Refuses the objects of a batch that are too large, each by itself.
    pub(super) fn refuse_large_of(&self, batch: &mut Batch) {
        for asked in &mut batch.objects {
            if let Ok(object) = &asked.object
                && object.size > self.largest
            {
                asked.object = Err(self.too_large(object).into());
            }
        }
    }

    fn too_large(&self, object: &LfsObject) -> String {
        format!("the object has {} bytes, and an upload may have {}", object.size, self.largest)
    }
}
