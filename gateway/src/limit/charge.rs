//! What was taken for one request, until it is known what became of it.

use std::sync::Arc;

use gogs_spanner_capability::AgentName;

use super::{Limited, Limits, allowance::Taking};

/// What was taken. When it goes, all of it is given back, unless it was [kept](Self::keep).
#[derive(Debug)]
pub struct Charge {
    limits: Arc<Limits>,
    agent: AgentName,
    taken: Vec<(Limited, Taking)>,
}

impl Charge {
    pub(super) fn new(limits: &Arc<Limits>, agent: &AgentName, taken: Vec<(Limited, Taking)>) -> Self {
        Self { limits: Arc::clone(limits), agent: agent.clone(), taken }
    }

    /// What it was taken for has been done, or may have been.
    pub fn keep(mut self) {
        self.taken.clear();
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.limits.give_back(&self.agent, &self.taken);
    }
}
