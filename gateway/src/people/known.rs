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

/// What is unlocked.
#[derive(Debug, Clone)]
pub(super) enum Unlocking {
    /// All whom a lock holds.
    All(Holder),
    /// One of several.
    One(Holder, Identity),
}

impl Lock {
    /// What frees these people; all of it where it holds nobody else, or is called as the one is who is meant and nobody is
    /// known to be.
    fn without(&self, meant: &BTreeSet<Identity>, is_called_so: bool) -> Vec<Unlocking> {
        let is_empty = is_called_so && (meant.is_empty() || self.identities.is_empty());
        let hers = || self.identities.intersection(meant);
        if is_empty || (hers().next().is_some() && self.identities.is_subset(meant)) {
            return vec![Unlocking::All(self.holder.clone())];
        }
        hers().map(|identity| Unlocking::One(self.holder.clone(), identity.clone())).collect()
    }
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
            known.lock(&lock);
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
    pub(super) fn lock(&mut self, lock: &Lock) {
        self.locked.extend(lock.identities.iter().cloned());
        let kept = self.locks.entry(lock.holder.clone()).or_insert_with(|| lock.clone());
        kept.hold(&lock.identities);
    }

    /// Takes a lock away, or one of those out whom it holds; whom another holds stays locked.
    pub(super) fn unlock(&mut self, unlocking: &Unlocking) {
        match unlocking {
            Unlocking::All(holder) => drop(self.locks.remove(holder)),
            Unlocking::One(holder, identity) => {
                self.locks.get_mut(holder).into_iter().for_each(|lock| lock.free(identity));
            }
        }
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
        let locks = holders.into_iter().filter_map(|holder| self.locks.get(&holder));
        locks.filter(|lock| !lock.freed.contains(&person.identity))
    }

    /// What there is to unlock for an operator: whom he means is let out of every lock, and nobody else.
    pub(super) fn unlocking(&self, holder: &Holder) -> Vec<Unlocking> {
        let Holder::Person(given) = holder else {
            return self
                .locks
                .get_key_value(holder)
                .map(|(holder, _)| Unlocking::All(holder.clone()))
                .into_iter()
                .collect();
        };
        let (meant, called_so) = (self.meant(given), Holder::person(given));
        self.locks.values().flat_map(|lock| lock.without(&meant, lock.holder == called_so)).collect()
    }

    /// Whom an operator means by a name: her whose it is, or else who has exactly this subject, or else her who is the only
    /// one called so but for case.
    fn meant(&self, given: &str) -> BTreeSet<Identity> {
        if let Some(person) = self.names.get(given) {
            return [person.identity.clone()].into();
        }
        let known = self.names.values().map(|person| &person.identity).chain(&self.locked);
        let of_subject: BTreeSet<_> = known.filter(|identity| identity.subject == given).cloned().collect();
        if of_subject.is_empty() {
            return self.name_of(given).map(|person| person.identity.clone()).into_iter().collect();
        }
        of_subject
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
