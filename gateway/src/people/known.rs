//! What is known of people and of locks: whose a name is, what she may be believed today, and who is locked.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{Identity, Person};
use crate::store::{Holder, Lock, Met};

#[derive(Default)]
pub(super) struct Known {
    /// Whose each name is, as of when it was used last.
    names: HashMap<String, Arc<Person>>,
    /// Everybody as of her last sign-in, whatever she was called before. Who let go of that name is nobody until she
    /// signs in again: what she was under an older one does not come back.
    current: HashMap<Identity, Arc<Person>>,
    locks: HashMap<Holder, Lock>,
    /// The identities behind the locks.
    locked: HashSet<Identity>,
}

/// A name that is let go of.
pub(super) struct Forgotten {
    named: Arc<Person>,
    /// She, where it was the name she signed in with last.
    current: Option<Arc<Person>>,
}

impl Known {
    /// What a store knows.
    pub(super) fn of(met: Vec<Met>, locks: Vec<Lock>) -> Self {
        let mut known = Self::default();
        for Met { person, is_current } in met {
            let person = Arc::new(person);
            known.names.insert(person.name.clone(), Arc::clone(&person));
            if is_current {
                known.current.insert(person.identity.clone(), person);
            }
        }
        for lock in locks {
            known.lock(lock);
        }
        known
    }

    /// She signed in.
    pub(super) fn meet(&mut self, person: &Arc<Person>) {
        self.names.insert(person.name.clone(), Arc::clone(person));
        self.current.insert(person.identity.clone(), Arc::clone(person));
    }

    /// A name is nobody's.
    pub(super) fn forget(&mut self, name: &str) -> Option<Forgotten> {
        let named = self.names.remove(name)?;
        let is_current = self.current.get(&named.identity).is_some_and(|current| current.name == name);
        let current = if is_current { self.current.remove(&named.identity) } else { None };
        Some(Forgotten { named, current })
    }

    /// It is hers again.
    pub(super) fn remember(&mut self, Forgotten { named, current }: Forgotten) {
        self.current.extend(current.map(|current| (current.identity.clone(), current)));
        self.names.insert(named.name.clone(), named);
    }

    /// She is nobody until she signs in again.
    pub(super) fn outdate(&mut self, identity: &Identity) {
        self.current.remove(identity);
    }

    /// Who came with a name last.
    pub(super) fn named(&self, name: &str) -> Option<&Arc<Person>> {
        self.names.get(name)
    }

    /// Whose a name is, as of her last sign-in.
    pub(super) fn person(&self, name: &str) -> Option<&Arc<Person>> {
        self.current.get(&self.names.get(name)?.identity)
    }

    /// Every name, with whose it was when it was used last.
    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<Person>> {
        self.names.values()
    }

    /// The name an operator means: spelt like that or, if it is the only one, but for ASCII case.
    pub(super) fn name_of(&self, given: &str) -> Option<&Arc<Person>> {
        self.names.get(given).or_else(|| {
            let mut alike = self.names.values().filter(|person| person.name.eq_ignore_ascii_case(given));
            alike.next().filter(|_| alike.next().is_none())
        })
    }

    /// Everybody who was ever called so, or has this subject. Case does not tell people apart here: who is spelt
    /// differently is rather locked, or cut off, with another than missed.
    pub(super) fn called(&self, given: &str) -> BTreeSet<Identity> {
        let is_meant = |person: &&Arc<Person>| {
            [&person.name, &person.identity.subject].iter().any(|name| name.eq_ignore_ascii_case(given))
        };
        self.names.values().filter(is_meant).map(|person| person.identity.clone()).collect()
    }

    /// Adds a lock, or to the one there is whom it holds besides.
    pub(super) fn lock(&mut self, lock: Lock) {
        self.locked.extend(lock.identities.iter().cloned());
        let kept = self.locks.entry(lock.holder.clone()).or_insert_with(|| lock.clone());
        kept.identities.extend(lock.identities);
    }

    /// Takes a lock away; whom another holds stays locked.
    pub(super) fn unlock(&mut self, holder: &Holder) {
        self.locks.remove(holder);
        self.locked = self.locks.values().flat_map(|lock| lock.identities.iter().cloned()).collect();
    }

    /// Whether there is a lock of exactly this holder.
    pub(super) fn holds(&self, holder: &Holder) -> bool {
        !self.locks.is_empty() && self.locks.contains_key(holder)
    }

    /// Whether somebody is locked: as who she is, or by what she is called.
    pub(super) fn is_locked(&self, person: &Person) -> bool {
        if self.locks.is_empty() {
            return false;
        }
        self.locked.contains(&person.identity) || self.locks_by_name(person).next().is_some()
    }

    /// The locks that a person is under by what she is called.
    pub(super) fn locks_by_name(&self, person: &Person) -> impl Iterator<Item = &Lock> {
        let holders = [&person.name, &person.identity.subject].map(|name| Holder::person(name));
        holders.into_iter().filter_map(|holder| self.locks.get(&holder))
    }

    /// The locks an operator means: called so, or holding somebody who is.
    pub(super) fn locks_meant(&self, holder: &Holder) -> Vec<Holder> {
        let meant = match holder {
            Holder::Agent(_) => BTreeSet::new(),
            Holder::Person(name) => self.called(name),
        };
        let is_meant = |lock: &&Lock| lock.holder == *holder || !lock.identities.is_disjoint(&meant);
        self.locks.values().filter(is_meant).map(|lock| lock.holder.clone()).collect()
    }

    /// Every lock.
    pub(super) fn locks(&self) -> impl Iterator<Item = &Lock> {
        self.locks.values()
    }

    /// How many names and locks.
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.names.len(), self.locks.len())
    }
}
