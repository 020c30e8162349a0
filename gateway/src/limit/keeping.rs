//! What is spent, over a restart: who has used up a day's budget does not get another by it.
//!
//! Written behind, a few rows at a time: never for a request, and only for limits of hours and days. What a killed gateway
//! forgets is what was spent in its last [`SAVED_EVERY`]; one that is stopped forgets nothing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use gogs_spanner_capability::AgentName;

use super::{Limited, Limits, Period, allowance::Allowance, spent::Spent};
use crate::{
    clock::SharedClock,
    store::{Spending, Spendings, StoreError},
};

/// How often what is spent is written down: as long as a person takes to start a gateway again, and one small transaction
/// beside the ten a second of a busy journal.
const SAVED_EVERY: Duration = Duration::from_secs(2);

/// Below this a restart gives back nothing worth a row.
const SHORTEST_KEPT: Period = Period::Hour;

impl Limits {
    /// Reads what was spent before.
    pub async fn open(store: Arc<dyn Spendings>, clock: SharedClock) -> Result<Self, StoreError> {
        let now = clock.now();
        store.prune(now).await?;
        let known =
            store.all().await?.into_iter().map(|Spending { agent, limited, limit, back }| {
                ((agent, limited), Allowance::whole_at(limit, back, now))
            });
        let allowances: HashMap<_, _> = known.collect();
        let spent = Mutex::new(Spent { allowances, ..Spent::default() });
        Ok(Self { clock, store, spent })
    }

    /// Writes down what is spent, again and again.
    pub async fn keep(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(SAVED_EVERY);
        let mut fails = false;
        loop {
            ticks.tick().await;
            let saved = self.save().await;
            match &saved {
                Err(error) if !fails => tracing::error!(%error, "what agents have spent cannot be written down"),
                Ok(()) if fails => tracing::info!("what agents have spent is written down again"),
                _ => {}
            }
            fails = saved.is_err();
        }
    }

    /// Writes down what was spent since the last time.
    pub async fn save(&self) -> Result<(), StoreError> {
        let unsaved = self.spent().take_unsaved();
        if unsaved.is_empty() {
            return Ok(());
        }
        let saved = self.store.save(&unsaved).await;
        if saved.is_err() {
            self.spent().unsaved.extend(unsaved.into_iter().map(|spending| (spending.agent, spending.limited)));
        }
        saved
    }
}

impl Spent {
    fn take_unsaved(&mut self) -> Vec<Spending> {
        let unsaved = std::mem::take(&mut self.unsaved);
        unsaved.into_iter().filter_map(|(agent, limited)| self.spending(agent, limited)).collect()
    }

    fn spending(&self, agent: AgentName, limited: Limited) -> Option<Spending> {
        let key = (agent, limited);
        let allowance = self.allowances.get(&key).filter(|allowance| allowance.limit().per >= SHORTEST_KEPT)?;
        Some(Spending { agent: key.0, limited, limit: allowance.limit(), back: allowance.back() })
    }
}
