//! What a caller is shown of repositories the forge tells it about, each decided as an effect of its own.

use std::collections::HashMap;

use gogs_spanner_capability::{Action, Effect, RepositoryName};

use super::Rewriter;
use crate::{
    authorize::Authorizer,
    caller::{Caller, Snapshot},
    refuse::Refusal,
    upstream::Listed,
};

/// Decides on the repositories of one answer, under the snapshot the call was permitted with.
#[derive(Debug)]
pub(super) struct Sieve<'s> {
    authorizer: &'s Authorizer,
    snapshot: &'s Snapshot,
    caller: &'s Caller,
    /// The number that belongs under each name, where it was ever met.
    pins: HashMap<RepositoryName, i64>,
}

impl Rewriter {
    pub(super) async fn sieve<'s>(&'s self, snapshot: &'s Snapshot, caller: &'s Caller) -> Result<Sieve<'s>, Refusal> {
        let pins = self.accounts.pins().await?;
        Ok(Sieve { authorizer: &self.authorizer, snapshot, caller, pins })
    }
}

impl Sieve<'_> {
    /// The name of a repository in which the caller may do that. It is none where the forge writes no name, and where
    /// another repository stands under the name than the one that was met there. A fault is not a no.
    pub(super) fn lets(&self, action: Action, repository: &Listed) -> Result<Option<RepositoryName>, Refusal> {
        let Some(name) = repository.name().filter(|name| self.belongs(name, repository.id)) else { return Ok(None) };
        match self.authorizer.decide(self.snapshot, self.caller, &Effect::on_repository(action, &name)) {
            Ok(()) => Ok(Some(name)),
            Err(refusal) if refusal.reason().is_fault() => Err(refusal),
            Err(_) => Ok(None),
        }
    }

    fn belongs(&self, name: &RepositoryName, id: i64) -> bool {
        self.pins.get(name).is_none_or(|pinned| *pinned == id)
    }
}
