//! Who gives an account a password uses it before anybody else gives it another.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use gogs_spanner_capability::AgentName;
use tokio::sync::OwnedMutexGuard;

/// One at a time for each agent. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<AgentName, Arc<tokio::sync::Mutex<()>>>>>);

impl Turns {
    /// Waits until nobody else is at the agent's account.
    pub(super) async fn take(&self, agent: &AgentName) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(agent.clone()).or_default())
        };
        turn.lock_owned().await
    }
}
