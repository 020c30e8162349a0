//! The fetches of one repository, one after the other.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{MirrorError, fetch::FETCH_TIME};

/// The fetches of one repository. Who waits for one that began after he asked needs none of his own.
#[derive(Debug, Default)]
pub(super) struct Flight {
    begun: AtomicU64,
    landed: tokio::sync::Mutex<u64>,
}

impl Flight {
    pub(super) async fn join<F>(&self, fetch: impl FnOnce() -> F) -> Result<(), MirrorError>
    where
        F: Future<Output = Result<(), MirrorError>>,
    {
        let begun_before = self.begun.load(Ordering::SeqCst);
        // No longer than the fetch before may take.
        let landed = tokio::time::timeout(FETCH_TIME, self.landed.lock());
        let mut landed = landed.await.map_err(|_| MirrorError::Busy)?;
        if *landed <= begun_before {
            let this = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
            fetch().await?;
            *landed = this;
        }
        Ok(())
    }
}
