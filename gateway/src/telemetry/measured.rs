//! The journal's store, with its commits measured.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;

use super::Instruments;
use crate::{
    journal::{AuditLine, Search},
    store::{Appended, Entry, Records, Result},
};

/// Records that tell how long each commit took.
#[derive(Debug)]
pub struct Measured {
    records: Arc<dyn Records>,
    instruments: Instruments,
}

impl Measured {
    /// Measures `records`.
    pub fn new(records: Arc<dyn Records>, instruments: Instruments) -> Arc<Self> {
        Arc::new(Self { records, instruments })
    }
}

#[async_trait]
impl Records for Measured {
    async fn append(&self, entries: &[Entry]) -> Result<Vec<Appended>> {
        let began = Instant::now();
        let appended = self.records.append(entries).await?;
        self.instruments.journal_commit(began.elapsed());
        Ok(appended)
    }

    async fn search(&self, search: &Search) -> Result<Vec<AuditLine>> {
        self.records.search(search).await
    }
}
