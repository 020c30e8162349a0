//! Places for large bodies: so many at once, and fewer for any one agent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use gogs_spanner_capability::AgentName;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use super::RoomError;

/// Places at once. A body is at most 64 MiB and, while it is read, there up to three times over.
pub(super) const PLACES: usize = 4;
/// Those of one agent: whatever it does with them, another finds some.
pub(super) const PLACES_OF_AN_AGENT: usize = 2;
/// How long a large body waits for a place: other callers decide how long theirs take.
const PATIENCE: Duration = Duration::from_secs(5);

/// All the places.
#[derive(Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    /// Only of agents that hold a place or wait for one.
    of_agents: Mutex<HashMap<AgentName, Weak<Semaphore>>>,
}

/// One place, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _of_agent: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Default for Places {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(PLACES)), of_agents: Mutex::default() }
    }
}

impl Places {
    /// Takes one: first of the agent's, so that whoever waits for its own keeps nobody else waiting.
    pub(super) async fn take(&self, agent: &AgentName) -> Result<Place, RoomError> {
        let until = Instant::now() + PATIENCE;
        let of_agent = acquire(self.of(agent), until).await.ok_or(RoomError::AgentFull)?;
        let of_all = acquire(Arc::clone(&self.all), until).await.ok_or(RoomError::Full)?;
        Ok(Place { _of_agent: of_agent, _of_all: of_all })
    }

    fn of(&self, agent: &AgentName) -> Arc<Semaphore> {
        let mut known = self.of_agents.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, places| places.strong_count() > 0);
        known.get(agent).and_then(Weak::upgrade).unwrap_or_else(|| {
            let places = Arc::new(Semaphore::new(PLACES_OF_AN_AGENT));
            known.insert(agent.clone(), Arc::downgrade(&places));
            places
        })
    }
}

async fn acquire(places: Arc<Semaphore>, until: Instant) -> Option<OwnedSemaphorePermit> {
    timeout_at(until, places.acquire_owned()).await.ok()?.ok()
}
