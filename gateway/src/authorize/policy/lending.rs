//! People who lend their authority: which groups may, and what an agent may then do for one of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use gogs_spanner_capability::Rights;

use super::AgentPolicy;
use crate::people::Person;

/// Who is in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// People of these names, in lower case, and of these subjects.
    Named {
        /// Verified e-mail addresses.
        names: BTreeSet<String>,
        /// Subjects at the issuer.
        subjects: BTreeSet<String>,
    },
    /// People whose claim said one of these when they signed in last.
    Claiming {
        /// The claim.
        claim: String,
        /// What it says.
        any: BTreeSet<String>,
    },
}

/// A group that may lend to an agent, and what the agent may do for one of its people.
#[derive(Debug, Clone)]
pub struct Lending {
    /// The group's name.
    pub group: String,
    /// Who is in it.
    pub members: Members,
    /// What lies in the agent's grants and in what the group lends.
    pub rights: Arc<Rights>,
}

/// What an agent may do for one person.
#[derive(Debug, Clone)]
pub struct Lent {
    /// By which of the agent's lenders, a bit for each: under one policy the rights follow from these.
    pub lenders: u32,
    /// What.
    pub rights: Arc<Rights>,
}

impl Members {
    /// Whether a person is in it.
    pub fn hold(&self, person: &Person) -> bool {
        match self {
            Self::Named { names, subjects } => {
                names.contains(&person.name) || subjects.contains(&person.identity.subject)
            }
            Self::Claiming { claim, any } => says(&person.claims, claim).is_some_and(|said| !said.is_disjoint(any)),
        }
    }
}

fn says<'a>(claims: &'a BTreeMap<String, BTreeSet<String>>, claim: &str) -> Option<&'a BTreeSet<String>> {
    claims.get(claim)
}

impl AgentPolicy {
    /// What it may do for a person; nothing where none of her groups may lend to it.
    pub fn lent_by(&self, person: &Person) -> Option<Lent> {
        let holding = self.lenders.iter().enumerate().filter(|(_, lending)| lending.members.hold(person));
        holding
            .map(|(at, lending)| Lent { lenders: 1 << at, rights: Arc::clone(&lending.rights) })
            .reduce(|one, other| one.or(&other))
    }
}

impl Lent {
    fn or(self, other: &Self) -> Self {
        let rights = self.rights.iter().chain(other.rights.iter()).cloned().collect();
        Self { lenders: self.lenders | other.lenders, rights: Arc::new(rights) }
    }
}
