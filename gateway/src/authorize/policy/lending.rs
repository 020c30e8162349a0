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
    /// People of these addresses, and of these subjects.
    Named {
        /// Verified e-mail addresses, in lower case: what has an `@`, as a name of a person has only where it is one.
        addresses: BTreeSet<String>,
        /// Subjects at the issuer: the rest.
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
            Self::Named { addresses, subjects } => {
                addresses.contains(&person.name) || subjects.contains(&person.identity.subject)
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::people::Identity;

    #[test]
    fn a_list_holds_verified_addresses_and_subjects_and_no_subject_that_looks_like_an_address() {
        let members =
            Members::Named { addresses: ["alice@example.com".to_owned()].into(), subjects: ["00u1".to_owned()].into() };
        let holds = |name: &str, subject: &str| {
            let identity = Identity { issuer: "https://idp.example.com".to_owned(), subject: subject.to_owned() };
            members.hold(&Person {
                name: name.to_owned(),
                identity,
                claims: BTreeMap::new(),
                seen: Timestamp::UNIX_EPOCH,
            })
        };
        assert!(holds("alice@example.com", "00u7"));
        assert!(holds("00u1", "00u1") && holds("bob@example.com", "00u1"));
        assert!(!holds("mallory@example.com", "alice@example.com"), "anybody may be called that there");
    }
}
