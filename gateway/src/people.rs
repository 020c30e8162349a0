//! The people this gateway has met, and who is locked.
//!
//! Identity is `(iss, sub)`. Tokens and the journal call her by a name, her verified e-mail address or else her subject;
//! the name belongs to the identity that came with it first, until an operator lets go of it: an address that passes to
//! another person does not pass on what was lent by it. What is believed of her is what her last sign-in said, whichever
//! of her names a token calls her by.

mod change;
mod known;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use gogs_spanner_capability::{AgentName, Reason};
use jiff::Timestamp;
use tokio::sync::Mutex;

use self::known::Known;
use crate::{
    authorize::policy::{AgentPolicy, Lent, PeoplePolicy, Policy},
    clock::SharedClock,
    refuse::Refusal,
    store::{self, Holder, Lock, StoreError},
};

/// Who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The issuer, as in `iss`.
    pub issuer: String,
    /// Who she is there, as in `sub`.
    pub subject: String,
}

/// A person, as of her last sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What she is called: her verified e-mail address in ASCII lower case, or her subject.
    pub name: String,
    /// Who she is.
    pub identity: Identity,
    /// What the claims say that groups speak of.
    pub claims: BTreeMap<String, BTreeSet<String>>,
    /// When she signed in last.
    pub seen: Timestamp,
}

/// Who was met and who is locked, in memory for every request to ask and in the store to last.
pub struct Register {
    people: Arc<dyn store::People>,
    locks: Arc<dyn store::Locks>,
    clock: SharedClock,
    known: RwLock<Known>,
    /// One change is made at a time, so that memory and store agree on which was the last.
    changing: Mutex<()>,
}

impl Register {
    /// Reads what the store knows.
    pub async fn open(
        people: Arc<dyn store::People>,
        locks: Arc<dyn store::Locks>,
        clock: SharedClock,
    ) -> Result<Self, StoreError> {
        let known = RwLock::new(Known::of(people.all().await?, locks.all().await?));
        let register = Self { people, locks, clock, known, changing: Mutex::default() };
        register.hold_all().await?;
        Ok(register)
    }

    /// The person of a name, as of her last sign-in: refused where she is locked, or nobody.
    pub fn person(&self, name: &str) -> Result<Arc<Person>, Refusal> {
        let person = self.read(|known| {
            let person = known.person(name)?;
            Some((Arc::clone(person), known.is_locked(person)))
        });
        match person {
            Some((person, false)) => Ok(person),
            Some((_, true)) => Err(Refusal::new(Reason::PersonLocked)),
            None => {
                let why = format!("nobody called `{name}` has signed in here");
                Err(Refusal::new(Reason::NotLent).because(why))
            }
        }
    }

    /// What an agent may do today for the person of a name.
    pub fn lent(&self, policy: &Policy, agent: &AgentPolicy, name: &str) -> Result<Lent, Refusal> {
        let person = self.person(name)?;
        person.lends(policy, agent).ok_or_else(|| not_lent(name, &agent.name))
    }

    /// Refuses an agent that is locked. Asked on every request.
    pub fn refuse_locked(&self, agent: &AgentName) -> Result<(), Refusal> {
        if self.is_locked(agent) { Err(Refusal::new(Reason::AgentLocked)) } else { Ok(()) }
    }

    /// Whether an agent is locked.
    pub fn is_locked(&self, agent: &AgentName) -> bool {
        self.read(|known| known.holds(&Holder::Agent(agent.clone())))
    }

    /// The name an operator means, as it is kept.
    pub fn name_of(&self, given: &str) -> Option<String> {
        self.read(|known| known.name_of(given).map(|person| person.name.clone()))
    }

    /// Every name of whoever is called so or has this subject.
    pub fn names_of(&self, given: &str) -> BTreeSet<String> {
        self.read(|known| {
            let meant = known.called(given);
            let hers = known.names().filter(|person| meant.contains(&person.identity));
            hers.map(|person| person.name.clone()).collect()
        })
    }

    /// Everybody who was met, by name, and whether she is locked.
    pub fn met(&self) -> Vec<(Arc<Person>, bool)> {
        let mut met = self.read(|known| {
            known.names().map(|person| (Arc::clone(person), known.is_locked(person))).collect::<Vec<_>>()
        });
        met.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
        met
    }

    /// Every lock, by whom it holds.
    pub fn locks(&self) -> Vec<Lock> {
        let mut locks = self.read(|known| known.locks().cloned().collect::<Vec<_>>());
        locks.sort_by(|one, other| one.holder.cmp(&other.holder));
        locks
    }

    fn read<T>(&self, read: impl FnOnce(&Known) -> T) -> T {
        read(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut Known) -> T) -> T {
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Person {
    /// What an agent may do today for her, if she is one of today's issuer.
    pub fn lends(&self, policy: &Policy, agent: &AgentPolicy) -> Option<Lent> {
        let is_of_todays_issuer = policy.people().issuer.as_deref() == Some(self.identity.issuer.as_str());
        agent.lent_by(self).filter(|_| is_of_todays_issuer)
    }

    /// Refuses somebody who is in no group: she can lend nothing, so nothing is kept of her.
    pub fn in_some_group(&self, people: &PeoplePolicy) -> Result<(), Refusal> {
        if people.groups.iter().any(|members| members.hold(self)) {
            return Ok(());
        }
        let why = format!("`{}` is in no group that may lend to an agent here", self.name);
        let hint = "ask an operator to make you a member of a `[[group]]`, by your name or a claim about you";
        Err(Refusal::new(Reason::NotLent).because(why).hint(hint))
    }
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (people, locks) = self.read(Known::sizes);
        f.debug_struct("Register").field("people", &people).field("locks", &locks).finish_non_exhaustive()
    }
}

/// What is said of every agent that is not lent to, be there one of the name or not.
pub fn not_lent(person: &str, agent: &AgentName) -> Refusal {
    Refusal::new(Reason::NotLent).because(format!("no group of `{person}` may lend to an agent `{agent}`"))
}

fn unavailable(error: StoreError) -> Refusal {
    Refusal::new(Reason::StoreUnavailable).truly(error)
}

#[cfg(test)]
mod tests;
