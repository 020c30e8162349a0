//! What was taken for one request, until it is known what became of it.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{Cost, Limits};
use crate::{authorize::policy::AgentPolicy, refuse::Refusal};

/// What was taken. Clones are of one charge; when the last of them goes, all of it is given back, unless it was
/// [kept](Self::keep).
#[derive(Clone)]
pub struct Charge(Arc<Taken>);

struct Taken {
    limits: Arc<Limits>,
    agent: Arc<AgentPolicy>,
    cost: Mutex<Cost>,
    kept: AtomicBool,
}

impl Charge {
    pub(super) fn new(limits: &Arc<Limits>, agent: &Arc<AgentPolicy>, cost: Cost) -> Self {
        Self(Arc::new(Taken {
            limits: Arc::clone(limits),
            agent: Arc::clone(agent),
            cost: Mutex::new(cost),
            kept: AtomicBool::new(false),
        }))
    }

    /// Takes bytes more, as they come, or refuses them.
    pub fn grow(&self, bytes: u64) -> Result<(), Refusal> {
        let more = Cost::bytes(bytes);
        let mut cost = self.0.cost();
        self.0.limits.take(&self.0.agent, more)?;
        *cost = cost.and(more);
        Ok(())
    }

    /// What it was taken for has been done, or may have been.
    pub fn keep(&self) {
        self.0.kept.store(true, Ordering::Relaxed);
    }

    /// Gives all of it back, for what it was taken for turned out to be so much larger: the refusal says when that much
    /// can be taken at once.
    pub fn refuse(self, besides: u64) -> Refusal {
        let (limits, agent) = (Arc::clone(&self.0.limits), Arc::clone(&self.0.agent));
        let needed = self.0.cost().and(Cost::bytes(besides));
        self.0.give_back();
        limits.too_much(&agent, needed)
    }
}

impl Taken {
    fn cost(&self) -> MutexGuard<'_, Cost> {
        self.cost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self) {
        let taken = std::mem::take(&mut *self.cost());
        if taken != Cost::default() {
            self.limits.give_back(&self.agent, taken);
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if !self.kept.load(Ordering::Relaxed) {
            self.give_back();
        }
    }
}

impl fmt::Debug for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Charge").field(&*self.0.cost()).finish()
    }
}
