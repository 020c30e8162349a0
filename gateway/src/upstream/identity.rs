//! Which repository stands behind a name.
//!
//! Rights are written for names, and Gogs frees a name when its repository is renamed, transferred or deleted: there is no
//! redirect, and whoever comes next may take it (`internal/database/repo.go`, 0.14.3). So the forge's number of the
//! repository first met under a name is pinned, and another number there is refused until an operator says that it is
//! meant.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gogs_spanner_capability::{Reason, RepositoryName};
use jiff::{SignedDuration, Timestamp};

use crate::{refuse::Refusal, store};

/// How long a look is believed. It costs one small call per repository in that time, and bounds how long a name that passed
/// to another repository goes unnoticed.
const SEEN_FOR: SignedDuration = SignedDuration::from_secs(5);

/// The repositories this gateway has met, by name.
#[derive(Debug)]
pub(super) struct Identities {
    store: Arc<dyn store::Identities>,
    /// The right one, and when it was last seen under a name.
    seen: Mutex<HashMap<RepositoryName, (i64, Timestamp)>>,
}

impl Identities {
    pub(super) fn new(store: Arc<dyn store::Identities>) -> Self {
        Self { store, seen: Mutex::default() }
    }

    /// Whether the right repository was seen under this name a moment ago.
    pub(super) fn seen_lately(&self, repository: &RepositoryName, now: Timestamp) -> bool {
        self.last_seen(repository, now).is_some()
    }

    fn last_seen(&self, repository: &RepositoryName, now: Timestamp) -> Option<i64> {
        let seen = self.seen().get(repository).copied();
        seen.filter(|(_, seen)| now.duration_since(*seen).abs() < SEEN_FOR).map(|(number, _)| number)
    }

    /// Compares the number found under a name with the one that belongs there; the first one found belongs there.
    pub(super) async fn meet(&self, repository: &RepositoryName, found: i64, now: Timestamp) -> Result<(), Refusal> {
        if self.last_seen(repository, now) == Some(found) {
            return Ok(());
        }
        let pinned = self.store.pin(repository, found, now).await.map_err(unwritten)?;
        if pinned != found {
            self.seen().remove(repository);
            return Err(changed(repository, pinned, found));
        }
        self.seen().insert(repository.clone(), (found, now));
        Ok(())
    }

    /// Every number that belongs under a name.
    pub(super) async fn pins(&self) -> Result<HashMap<RepositoryName, i64>, Refusal> {
        Ok(self.store.pins().await.map_err(unwritten)?.into_iter().collect())
    }

    /// Lets the next repository found under a name be the first. Says what was pinned there.
    pub(super) async fn let_go(&self, repository: &RepositoryName) -> Result<Option<i64>, Refusal> {
        let pinned = self.store.unpin(repository).await.map_err(unwritten)?;
        self.seen().remove(repository);
        Ok(pinned)
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<RepositoryName, (i64, Timestamp)>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn changed(repository: &RepositoryName, pinned: i64, found: i64) -> Refusal {
    tracing::error!(%repository, pinned, found, "another repository stands under a name; `spanner repository confirm` admits it");
    Refusal::new(Reason::RepositoryIdentityChanged)
        .because(format!("`{repository}` is another repository than the one known by that name"))
        .hint(format!("if it is meant, an operator says `spanner repository confirm {repository}`"))
        .truly(format!("number {found} stands where {pinned} belongs"))
}

fn unwritten(error: store::StoreError) -> Refusal {
    Refusal::new(Reason::StoreUnavailable).truly(error)
}
