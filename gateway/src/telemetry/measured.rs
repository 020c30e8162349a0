//! Stores, with what is waited for measured: the journal's commits, and how long a revocation takes to bite.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use gogs_spanner_capability::token::RevocationId;
use jiff::Timestamp;

use super::Instruments;
use crate::{
    journal::{AuditLine, Search},
    revoke::Cutoff,
    store::{Appended, Entry, Records, Result, Revocations, SingleUse},
};

/// A store that tells how long each write took.
#[derive(Debug)]
pub struct Measured<S: ?Sized> {
    store: Arc<S>,
    instruments: Instruments,
}

impl<S: ?Sized> Measured<S> {
    /// Measures `store`.
    pub fn new(store: Arc<S>, instruments: Instruments) -> Arc<Self> {
        Arc::new(Self { store, instruments })
    }
}

#[async_trait]
impl Records for Measured<dyn Records> {
    async fn append(&self, entries: &[Entry]) -> Result<Vec<Appended>> {
        let began = Instant::now();
        let appended = self.store.append(entries).await?;
        self.instruments.journal_commit(began.elapsed());
        Ok(appended)
    }

    async fn is_used(&self, proof: &SingleUse) -> Result<bool> {
        self.store.is_used(proof).await
    }

    async fn search(&self, search: &Search) -> Result<Vec<AuditLine>> {
        self.store.search(search).await
    }
}

/// A revocation bites the moment it is durable: the list in memory, which every request asks, has it then.
#[async_trait]
impl Revocations for Measured<dyn Revocations> {
    async fn all(&self) -> Result<Vec<RevocationId>> {
        self.store.all().await
    }

    async fn add(&self, id: &RevocationId, at: Timestamp, keep_until: Timestamp) -> Result<()> {
        let began = Instant::now();
        self.store.add(id, at, keep_until).await?;
        self.instruments.revocation_lag(began.elapsed());
        Ok(())
    }

    async fn prune(&self, now: Timestamp) -> Result<()> {
        self.store.prune(now).await
    }

    async fn cutoffs(&self) -> Result<Vec<Cutoff>> {
        self.store.cutoffs().await
    }

    async fn cut_off(&self, cutoff: &Cutoff, at: Timestamp) -> Result<()> {
        let began = Instant::now();
        self.store.cut_off(cutoff, at).await?;
        self.instruments.revocation_lag(began.elapsed());
        Ok(())
    }
}
