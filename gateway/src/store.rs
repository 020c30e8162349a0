//! Durable state: one small trait per owner, so that each sees its own rows and nothing else.
//!
//! An attacker who can write to the store can revive revoked tokens and rewrite the trail, but can neither sign tokens nor
//! act on the forge: keys and credentials lie in it sealed (see [`seal`](crate::seal)).
//!
//! Every method answers within [`ANSWER_WITHIN`], with an error where it must: a store that hangs is a store that is down.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use gogs_spanner_capability::{AgentName, RepositoryName, token::RevocationId};
use jiff::Timestamp;

use crate::{
    journal::{AuditLine, Search},
    limit::{Limit, Limited},
    revoke::Cutoff,
};

pub mod entry;
pub mod permission;
pub mod person;
mod sql;
pub mod sqlite;

#[cfg(test)]
mod contract;
#[cfg(test)]
pub(crate) mod memory;

pub use entry::{Appended, Entry, Key, SingleUse};
pub use permission::Permission;
pub use person::{Holder, Lock, Locks, Met, People};
pub use sqlite::Sqlite;

/// How long a store may take for one answer: a caller is refused within 2 s, and half a second is for everything else.
pub const ANSWER_WITHIN: Duration = Duration::from_millis(1500);

/// What a store answers.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Why the store did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It does not answer, or cannot write: down, slow, read-only, full.
    #[error("the store does not answer: {0}")]
    Unavailable(String),
    /// It answers with something that cannot have been written by this program.
    #[error("the store holds what cannot be read: {0}")]
    Corrupt(String),
    /// A row of that identity exists already.
    #[error("the store has such a row already")]
    Taken,
    /// Another process has it open.
    #[error("another process owns this store (it holds {})", .0.display())]
    Owned(PathBuf),
    /// Its tables are not those of this version.
    #[error("the store's tables are not those of this version: {0}")]
    Schema(String),
}

/// The issuing keys.
#[async_trait]
pub trait Keys: Send + Sync + fmt::Debug {
    /// Every key there ever was, by id.
    async fn all(&self) -> Result<Vec<StoredKey>>;
    /// Keeps a new key; [`StoreError::Taken`] where its id is in use.
    async fn add(&self, key: &StoredKey) -> Result<()>;
}

/// What is no longer accepted.
#[async_trait]
pub trait Revocations: Send + Sync + fmt::Debug {
    /// Every id listed.
    async fn all(&self) -> Result<Vec<RevocationId>>;
    /// Lists an id; listing it again changes nothing.
    async fn add(&self, id: &RevocationId, at: Timestamp, keep_until: Timestamp) -> Result<()>;
    /// Forgets what no living token can carry any more.
    async fn prune(&self, now: Timestamp) -> Result<()>;
    /// Every cut-off.
    async fn cutoffs(&self) -> Result<Vec<Cutoff>>;
    /// Keeps a cut-off, unless a later one of the same cut is kept already.
    async fn cut_off(&self, cutoff: &Cutoff, at: Timestamp) -> Result<()>;
}

/// The forge's accounts of our agents.
#[async_trait]
pub trait Accounts: Send + Sync + fmt::Debug {
    /// An agent's account, where it has one.
    async fn account(&self, agent: &AgentName) -> Result<Option<Account>>;
    /// Keeps an agent's account, in the place of the one it had.
    async fn save(&self, account: &Account) -> Result<()>;
    /// Forgets an account that is gone from the forge, and with it what it had been let into.
    async fn forget(&self, agent: &AgentName) -> Result<()>;
    /// What the agent's account has been let into, and how far.
    async fn collaborations(&self, agent: &AgentName) -> Result<Vec<(RepositoryName, Permission)>>;
    /// Keeps that the agent's account has been let into a repository.
    async fn save_collaboration(
        &self,
        agent: &AgentName,
        repository: &RepositoryName,
        permission: Permission,
    ) -> Result<()>;
}

/// Which repository of the forge stands behind a name.
#[async_trait]
pub trait Identities: Send + Sync + fmt::Debug {
    /// Pins the forge's number under a name that has none, and says which one is pinned there now.
    async fn pin(&self, repository: &RepositoryName, forge_id: i64, at: Timestamp) -> Result<i64>;
    /// Every name with the number pinned under it.
    async fn pins(&self) -> Result<Vec<(RepositoryName, i64)>>;
    /// Lets go of what is pinned under a name, and of every account's place in it: its next use is a first one. Says
    /// what had been pinned.
    async fn unpin(&self, repository: &RepositoryName) -> Result<Option<i64>>;
}

/// The journal's rows: appended, never changed, never removed.
#[async_trait]
pub trait Records: Send + Sync + fmt::Debug {
    /// Writes all of a group or nothing of it, and says of each entry, in order, what became of it.
    ///
    /// An entry written before (same [`Key`]) is left as it is, so a group that failed may be written again although it
    /// was persisted.
    async fn append(&self, entries: &[Entry]) -> Result<Vec<Appended>>;
    /// Whether a proof was used up.
    async fn is_used(&self, proof: &SingleUse) -> Result<bool>;
    /// The lines a search finds, in the order they were written.
    async fn search(&self, search: &Search) -> Result<Vec<AuditLine>>;
}

/// What agents have spent of their limits.
#[async_trait]
pub trait Spendings: Send + Sync + fmt::Debug {
    /// Everything that is spent.
    async fn all(&self) -> Result<Vec<Spending>>;
    /// Keeps all of these, each in the place of what was known of the same limit of the same agent, or none.
    async fn save(&self, spendings: &[Spending]) -> Result<()>;
    /// Forgets what has come back.
    async fn prune(&self, now: Timestamp) -> Result<()>;
}

/// What a key may sign; a key of one purpose is never accepted in the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Capability tokens.
    Tokens,
    /// The gateway's own tokens for single LFS objects.
    LfsTickets,
    /// Statements of what waits for approval.
    ChangeTokens,
    /// The gateway's own tokens for people who signed in.
    SignIns,
}

impl Purpose {
    const ALL: [Self; 4] = [Self::Tokens, Self::LfsTickets, Self::ChangeTokens, Self::SignIns];

    /// The word the store uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::LfsTickets => "lfs-tickets",
            Self::ChangeTokens => "change-tokens",
            Self::SignIns => "sign-ins",
        }
    }

    /// The purpose of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == word)
    }
}

/// One issuing key, as it lies in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Its root key id, unique over all purposes.
    pub id: u32,
    /// What it may sign.
    pub purpose: Purpose,
    /// The private half, sealed.
    pub sealed: Vec<u8>,
    /// Since when its public half is shown.
    pub published: Timestamp,
    /// From when on it signs.
    pub signs_from: Timestamp,
}

/// One agent's account in the forge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub agent: AgentName,
    /// Its user name in the forge.
    pub login: String,
    /// Its number in the forge, which a renamed or recreated user does not keep.
    pub user_id: i64,
    /// The name its access token has in the forge.
    pub token_name: String,
    /// The access token, sealed.
    pub sealed_token: Vec<u8>,
    /// When the gateway made it.
    pub created: Timestamp,
}

/// What an agent has spent of one limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spending {
    /// Who.
    pub agent: AgentName,
    /// Of what.
    pub limited: Limited,
    /// The limit it was counted under.
    pub limit: Limit,
    /// When all of it will have come back.
    pub back: Timestamp,
}

/// Everything durable a gateway needs, each part with the trait of its owner.
#[derive(Debug, Clone)]
pub struct Stores {
    /// For the key ring.
    pub keys: Arc<dyn Keys>,
    /// For the revocation list.
    pub revocations: Arc<dyn Revocations>,
    /// For the upstream accounts.
    pub accounts: Arc<dyn Accounts>,
    /// For the repositories they are let into.
    pub identities: Arc<dyn Identities>,
    /// For the register of people.
    pub people: Arc<dyn People>,
    /// For the same: who is locked.
    pub locks: Arc<dyn Locks>,
    /// For the journal.
    pub records: Arc<dyn Records>,
    /// For the limits.
    pub spendings: Arc<dyn Spendings>,
}

impl Stores {
    /// One store behind all the traits.
    pub fn of<S>(store: Arc<S>) -> Self
    where
        S: Keys + Revocations + Accounts + Identities + People + Locks + Records + Spendings + 'static,
    {
        Self {
            keys: store.clone(),
            revocations: store.clone(),
            accounts: store.clone(),
            identities: store.clone(),
            people: store.clone(),
            locks: store.clone(),
            records: store.clone(),
            spendings: store,
        }
    }
}
