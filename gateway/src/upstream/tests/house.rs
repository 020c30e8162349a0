//! A forge, and what a gateway that uses it keeps.

use std::sync::Arc;

use gogs_spanner_capability::RepositoryName;
use gogs_spanner_fakes::forge::{Forge, ForgeConfig};
use jiff::Timestamp;
use secrecy::{SecretBox, SecretString};
use serde_json::{Value, json};

use crate::{
    authorize::policy::AgentPolicy,
    client::{Purpose, client},
    clock::ManualClock,
    limit::AgentLimits,
    seal::Sealer,
    store::Sqlite,
    upstream::{Gogs, UpstreamAccounts},
};

/// A forge with the private repository `acme/web`, and a gateway's state that can be closed and opened again.
pub(super) struct House {
    pub(super) forge: Forge,
    pub(super) store: Arc<Sqlite>,
    pub(super) clock: Arc<ManualClock>,
    _directory: tempfile::TempDir,
}

impl House {
    pub(super) async fn new() -> Self {
        Self::at(ForgeConfig::default()).await
    }

    pub(super) async fn at(config: ForgeConfig) -> Self {
        let forge = Forge::start(config).await.unwrap();
        forge.create_private_repository("acme/web").await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(Sqlite::open(&directory.path().join("spanner.db")).await.unwrap());
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        forge.recorder().clear();
        Self { forge, store, clock, _directory: directory }
    }

    /// Accounts as a gateway that has just started sees them.
    pub(super) fn accounts(&self) -> UpstreamAccounts {
        self.accounts_with(self.forge.admin_token(), 1)
    }

    pub(super) fn accounts_with(&self, admin_token: &str, sealing_key: u8) -> UpstreamAccounts {
        self.accounts_at(self.forge.url(), admin_token, sealing_key)
    }

    pub(super) fn accounts_at(&self, url: &str, admin_token: &str, sealing_key: u8) -> UpstreamAccounts {
        let admin = SecretString::from(admin_token);
        let gogs = Gogs::new(client(Purpose::Forge).unwrap(), url.parse().unwrap(), admin);
        let sealer = Sealer::from_key(&SecretBox::new(Box::new([sealing_key; 32]))).unwrap();
        let (rows, clock) = (self.store.clone(), self.clock.clone());
        UpstreamAccounts::new(Arc::new(gogs), rows.clone(), rows, Arc::new(sealer), clock, "agent-")
    }

    /// How often a request of this method and path arrived.
    pub(super) fn arrived(&self, method: &str, path: &str) -> usize {
        let arrivals = self.forge.recorder().arrivals();
        arrivals.iter().filter(|arrival| arrival.method == method && arrival.target == path).count()
    }

    pub(super) fn body_of(&self, method: &str, path: &str) -> Value {
        let arrivals = self.forge.recorder().arrivals();
        let arrival = arrivals.iter().find(|arrival| arrival.method == method && arrival.target == path).unwrap();
        serde_json::from_slice(&arrival.body).unwrap()
    }

    /// Another repository takes the name `acme/web`.
    pub(super) async fn pass_the_name_on(&self) {
        let (url, admin) = (format!("{}/api/v1/repos/acme/web", self.forge.url()), self.forge.admin_token());
        let delete = client(Purpose::Forge).unwrap().delete(url).header("authorization", format!("token {admin}"));
        delete.send().await.unwrap().error_for_status().unwrap();
        self.forge.create_private_repository("acme/web").await.unwrap();
    }

    pub(super) fn permission(&self) -> Option<&'static str> {
        self.forge.collaborators_of("acme/web").unwrap().get("agent-docs-writer").copied()
    }
}

/// The agent `docs-writer`, with one right to these actions in `acme/*`.
pub(super) fn docs_writer(actions: &[&str]) -> AgentPolicy {
    let right = json!([{ "repositories": ["acme/*"], "actions": actions, "refs": ["**"], "paths": ["**"] }]);
    AgentPolicy {
        name: "docs-writer".parse().unwrap(),
        owner: "alice@example.com".to_owned(),
        rights: serde_json::from_value(right).unwrap(),
        trust: Vec::new(),
        keys: Vec::new(),
        roles: Vec::new(),
        limits: AgentLimits::default(),
        lenders: Vec::new(),
    }
}

pub(super) fn reader() -> AgentPolicy {
    docs_writer(&["contents:read"])
}

pub(super) fn web() -> RepositoryName {
    "acme/web".parse().unwrap()
}
