//! Packs that wait on disk until all of them is here: to be looked into, or to be measured.
//!
//! Where a pack ends only git knows, and it moves the refs once it has that much, whatever follows. So of a pack that is
//! counted while it flows nobody can say, when it turns out to be too much, whether it was pushed. What an agent's limits
//! leave is therefore taken before its first byte goes on.

use http_body::Body as _;

use super::super::{
    Examiner, Pack,
    spool::{SpoolError, Spooled, Within},
};
use crate::{
    body::{Body, empty},
    caller::Caller,
    refuse::{self, Refusal},
};

impl Examiner {
    /// The pack, and with it its length where the agent's limits ask for that. Git says it up to `http.postBuffer` (one
    /// MiB); beyond, the pack waits until all of it is here.
    pub(super) async fn measured(&self, caller: &Caller, pack: Body) -> Result<Pack, (Refusal, Body)> {
        if pack.size_hint().exact().is_some() || self.authorizer.bytes_left(caller).is_none() {
            return Ok(Pack::Coming(pack));
        }
        sent_on(&self.spooled(caller, pack).await?)
    }

    /// All of a pack, on disk; of one that is more than its agent may push, no more than that.
    pub(super) async fn spooled(&self, caller: &Caller, mut pack: Body) -> Result<Spooled, (Refusal, Body)> {
        if let Err(refusal) = self.authorizer.may_push_now(caller) {
            return Err((refusal, pack));
        }
        let mut within = Within::new(&mut pack, self.authorizer.bytes_left(caller));
        let stored = self.quarantine.spool().store(&caller.agent.name, &mut within).await;
        if let Some(bytes) = within.found_beyond() {
            // When to come back shows when it has been sent to its end.
            let bytes = bytes + refuse::drain(pack).await;
            return Err((self.authorizer.too_much(caller, bytes), empty()));
        }
        stored.map_err(|error| (error.into(), pack))
    }
}

/// A spooled pack on its way to the forge.
pub(super) fn sent_on(spooled: &Spooled) -> Result<Pack, (Refusal, Body)> {
    spooled.body().map(Pack::Stored).map_err(|error| (SpoolError::Io(error).into(), empty()))
}
