//! Places for what is costly while it lasts: so many at once, and fewer for any one agent.

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

/// All the places for one kind of work.
#[derive(Debug)]
pub struct Places {
    all: Arc<Semaphore>,
    /// How many of them one agent may take: whatever it does with them, another finds some.
    of_an_agent: usize,
    /// How long one is waited for.
    patience: Duration,
    /// Only of agents that hold a place or wait for one.
    of_agents: Mutex<HashMap<AgentName, Weak<Semaphore>>>,
}

/// One place, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    _of_agent: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

/// Who has taken the places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The agent itself, as many as one may.
    ByAgent,
    /// All agents together.
    ByAll,
}

impl Places {
    /// So many places, so many of them for any one agent, and how long one is waited for.
    pub fn new(all: usize, of_an_agent: usize, patience: Duration) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), of_an_agent, patience, of_agents: Mutex::default() }
    }

    /// Takes one: first of the agent's, so that whoever waits for its own keeps nobody else waiting.
    ///
    /// # Errors
    /// Nobody gave one back for as long as one is waited for.
    pub async fn take(&self, agent: &AgentName) -> Result<Place, Taken> {
        let until = Instant::now() + self.patience;
        let of_agent = acquire(self.of(agent), until).await.ok_or(Taken::ByAgent)?;
        let of_all = acquire(Arc::clone(&self.all), until).await.ok_or(Taken::ByAll)?;
        Ok(Place { _of_agent: of_agent, _of_all: of_all })
    }

    fn of(&self, agent: &AgentName) -> Arc<Semaphore> {
        let mut known = self.of_agents.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, places| places.strong_count() > 0);
        known.get(agent).and_then(Weak::upgrade).unwrap_or_else(|| {
            let places = Arc::new(Semaphore::new(self.of_an_agent));
            known.insert(agent.clone(), Arc::downgrade(&places));
            places
        })
    }
}

async fn acquire(places: Arc<Semaphore>, until: Instant) -> Option<OwnedSemaphorePermit> {
    timeout_at(until, places.acquire_owned()).await.ok()?.ok()
}
