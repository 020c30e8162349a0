//! The people this gateway has met, and who is locked.
//!
//! Identity is `(iss, sub)`. Tokens and the journal call her by a name, her verified e-mail address or else her subject;
//! the name belongs to the identity that came with it first, until an operator lets go of it: an address that passes to
//! another person does not pass on what was lent by it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use gogs_spanner_capability::{AgentName, Reason};
use jiff::Timestamp;

use crate::{
    authorize::policy::{AgentPolicy, Lent, Policy},
    clock::SharedClock,
    refuse::Refusal,
    store::{self, Holder, Lock, StoreError},
};

/// Who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The issuer, as in `iss`.
    pub issuer: String,
    /// Who she is there, as in `sub`.
    pub subject: String,
}

/// A person, as of her last sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What she is called: her verified e-mail address in lower case, or her subject.
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
}

#[derive(Default)]
struct Known {
    people: HashMap<String, Arc<Person>>,
    locks: HashMap<Holder, Lock>,
    /// The identities behind the locked names: whoever is locked under one name is locked under all of hers.
    locked: HashSet<Identity>,
}

impl Register {
    /// Reads what the store knows.
    pub async fn open(
        people: Arc<dyn store::People>,
        locks: Arc<dyn store::Locks>,
        clock: SharedClock,
    ) -> Result<Self, StoreError> {
        let met = people.all().await?.into_iter().map(|person| (person.name.clone(), Arc::new(person))).collect();
        let locked = locks.all().await?.into_iter().map(|lock| (lock.holder.clone(), lock)).collect();
        let mut known = Known { people: met, locks: locked, locked: HashSet::new() };
        known.settle();
        Ok(Self { people, locks, clock, known: RwLock::new(known) })
    }

    /// Notes that somebody signed in, durably; refuses a name that is another's, and her who is locked.
    pub async fn meet(&self, person: Person) -> Result<Arc<Person>, Refusal> {
        if self.read(|known| known.locked.contains(&person.identity) || known.is_locked(&person.name)) {
            return Err(Refusal::new(Reason::PersonLocked));
        }
        let whose = self.people.meet(&person).await.map_err(unavailable)?;
        if whose != person.identity {
            let why = format!("`{}` is the name of somebody else who signed in before", person.name);
            return Err(Refusal::new(Reason::PersonChanged).because(why));
        }
        let person = Arc::new(person);
        self.change(|known| drop(known.people.insert(person.name.clone(), Arc::clone(&person))));
        Ok(person)
    }

    /// The person of a name, as of now: refused where she is locked, or nobody.
    pub fn person(&self, name: &str) -> Result<Arc<Person>, Refusal> {
        self.read(|known| {
            let unknown =
                || Refusal::new(Reason::NotLent).because(format!("nobody called `{name}` has signed in here"));
            let person = known.people.get(name).ok_or_else(unknown)?;
            let is_locked = known.locked.contains(&person.identity) || known.is_locked(name);
            if is_locked { Err(Refusal::new(Reason::PersonLocked)) } else { Ok(Arc::clone(person)) }
        })
    }

    /// What an agent may do today for the person of a name.
    pub fn lent(&self, policy: &Policy, agent: &AgentPolicy, name: &str) -> Result<Lent, Refusal> {
        let person = self.person(name)?;
        let is_of_todays_issuer = policy.people().issuer.as_deref() == Some(person.identity.issuer.as_str());
        let lent = agent.lent_by(&person).filter(|_| is_of_todays_issuer);
        lent.ok_or_else(|| {
            let why = format!("no group of `{name}` may lend to the agent `{}`", agent.name);
            Refusal::new(Reason::NotLent).because(why)
        })
    }

    /// Refuses an agent that is locked. Asked on every request.
    pub fn refuse_locked(&self, agent: &AgentName) -> Result<(), Refusal> {
        if self.is_locked(agent) { Err(Refusal::new(Reason::AgentLocked)) } else { Ok(()) }
    }

    /// Whether an agent is locked.
    pub fn is_locked(&self, agent: &AgentName) -> bool {
        self.read(|known| !known.locks.is_empty() && known.locks.contains_key(&Holder::Agent(agent.clone())))
    }

    /// Locks somebody: it is durable first and counts then.
    pub async fn lock(&self, holder: Holder, by: String) -> Result<(), StoreError> {
        let lock = Lock { holder, at: self.clock.now(), by };
        self.locks.add(&lock).await?;
        self.change(|known| {
            known.locks.entry(lock.holder.clone()).or_insert(lock);
        });
        Ok(())
    }

    /// Unlocks somebody.
    pub async fn unlock(&self, holder: &Holder) -> Result<(), StoreError> {
        self.locks.remove(holder).await?;
        self.change(|known| drop(known.locks.remove(holder)));
        Ok(())
    }

    /// Lets go of a name; says whose it was.
    pub async fn forget(&self, name: &str) -> Result<Option<Identity>, StoreError> {
        let was = self.people.forget(name).await?;
        self.change(|known| drop(known.people.remove(name)));
        Ok(was)
    }

    /// Everybody who was met, by name, and whether she is locked.
    pub fn met(&self) -> Vec<(Arc<Person>, bool)> {
        let mut met = self.read(|known| {
            let standing = |person: &Arc<Person>| (Arc::clone(person), known.locked.contains(&person.identity));
            known.people.values().map(standing).collect::<Vec<_>>()
        });
        met.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
        met
    }

    /// Every lock, by whom it holds.
    pub fn locks(&self) -> Vec<Lock> {
        let mut locks = self.read(|known| known.locks.values().cloned().collect::<Vec<_>>());
        locks.sort_by(|one, other| one.holder.cmp(&other.holder));
        locks
    }

    fn read<T>(&self, read: impl FnOnce(&Known) -> T) -> T {
        read(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut known);
        known.settle();
    }
}

impl Known {
    fn is_locked(&self, name: &str) -> bool {
        !self.locks.is_empty() && self.locks.contains_key(&Holder::Person(name.to_owned()))
    }

    fn settle(&mut self) {
        let of = |holder: &Holder| match holder {
            Holder::Person(name) => self.people.get(name).map(|person| person.identity.clone()),
            Holder::Agent(_) => None,
        };
        self.locked = self.locks.keys().filter_map(of).collect();
    }
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (people, locks) = self.read(|known| (known.people.len(), known.locks.len()));
        f.debug_struct("Register").field("people", &people).field("locks", &locks).finish_non_exhaustive()
    }
}

fn unavailable(error: StoreError) -> Refusal {
    Refusal::new(Reason::StoreUnavailable).truly(error)
}

#[cfg(test)]
mod tests;
