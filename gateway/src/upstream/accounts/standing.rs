//! How an agent stands with the forge, as far as this process knows.

use std::{collections::HashMap, sync::Mutex};

use gogs_spanner_capability::{RepositoryName, Rights};
use jiff::Timestamp;

use super::{UpstreamAccounts, lock};
use crate::{authorize::policy::AgentPolicy, forward::credential::Credential, store::Permission};

/// How an agent stands with the forge.
pub(super) struct Standing {
    pub(super) credential: Credential,
    pub(super) renewed: Option<Timestamp>,
    pub(super) admitted: Mutex<HashMap<RepositoryName, Permission>>,
    /// The rights under which it was let into every repository they name.
    pub(super) joined: Mutex<Option<Rights>>,
}

impl Standing {
    pub(super) fn may(&self, repository: &RepositoryName) -> Option<Permission> {
        lock(&self.admitted).get(repository).copied()
    }

    pub(super) fn now_may(&self, repository: &RepositoryName, permission: Permission) {
        lock(&self.admitted).insert(repository.clone(), permission);
    }
}

impl UpstreamAccounts {
    /// Whether the account was let into all that its rights name, as they are now.
    pub(in crate::upstream) fn has_joined(&self, agent: &AgentPolicy) -> bool {
        self.known(&agent.name).is_some_and(|standing| lock(&standing.joined).as_ref() == Some(&agent.rights))
    }

    /// Remembers that it was.
    pub(in crate::upstream) fn now_joined(&self, agent: &AgentPolicy) {
        if let Some(standing) = self.known(&agent.name) {
            *lock(&standing.joined) = Some(agent.rights.clone());
        }
    }
}
