//! People, and who is locked, as they lie in the store.

use std::collections::BTreeSet;

use async_trait::async_trait;
use gogs_spanner_capability::AgentName;
use jiff::Timestamp;

use super::Result;
use crate::people::{Identity, Person};

/// People who signed in.
#[async_trait]
pub trait People: Send + Sync + std::fmt::Debug {
    /// Every name somebody ever came with and that was not forgotten.
    async fn all(&self) -> Result<Vec<Met>>;
    /// Keeps her, or what is new of her, and makes this her current name; says whose the name is. Another identity that
    /// has it is left as it is.
    async fn meet(&self, person: &Person) -> Result<Identity>;
    /// None of her names is the current one any more, until she comes again.
    async fn outdate(&self, identity: &Identity) -> Result<()>;
    /// Lets go of a name; says whose it was.
    async fn forget(&self, name: &str) -> Result<Option<Identity>>;
}

/// A name, and who came with it when it was used last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// She.
    pub person: Person,
    /// Whether it is the name she signed in with last.
    pub is_current: bool,
}

/// Who is locked.
#[async_trait]
pub trait Locks: Send + Sync + std::fmt::Debug {
    /// All who are.
    async fn all(&self) -> Result<Vec<Lock>>;
    /// Locks somebody; a lock that is there stays as it is, and holds these identities besides.
    async fn add(&self, lock: &Lock) -> Result<()>;
    /// Lets one of those out whom a lock holds.
    async fn free(&self, holder: &Holder, identity: &Identity) -> Result<()>;
    /// Unlocks somebody.
    async fn remove(&self, holder: &Holder) -> Result<()>;
}

/// Who may be locked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// An agent.
    Agent(AgentName),
    /// People, by what they are called or their subject, in ASCII lower case.
    Person(String),
}

/// A lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Who is locked.
    pub holder: Holder,
    /// Since when.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// The people who are known to be meant: they stay locked whatever they are called.
    pub identities: BTreeSet<Identity>,
    /// The people who were let out of it, whatever they are called.
    pub freed: BTreeSet<Identity>,
}

impl Lock {
    /// Holds these besides.
    pub(crate) fn hold(&mut self, identities: &BTreeSet<Identity>) {
        self.freed.retain(|freed| !identities.contains(freed));
        self.identities.extend(identities.iter().cloned());
    }

    /// Lets go of one of those whom it holds.
    pub(crate) fn free(&mut self, identity: &Identity) {
        self.freed.extend(self.identities.take(identity));
    }
}

impl Holder {
    /// People who are called so, however it is spelt.
    pub fn person(name: &str) -> Self {
        Self::Person(name.to_ascii_lowercase())
    }

    /// The word for its kind, and its name.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Agent(name) => ("agent", name.as_str()),
            Self::Person(name) => ("person", name),
        }
    }

    /// The holder of a kind and a name.
    pub fn of(kind: &str, name: &str) -> Option<Self> {
        match kind {
            "agent" => AgentName::parse(name).ok().map(Self::Agent),
            "person" => Some(Self::person(name)),
            _ => None,
        }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (kind, name) = self.parts();
        write!(f, "{kind} {name}")
    }
}
