//! People and locks.

use async_trait::async_trait;

use super::Memory;
use crate::{
    people::{Identity, Person},
    store::{Holder, Lock, Locks, Met, People, Result},
};

#[async_trait]
impl People for Memory {
    async fn all(&self) -> Result<Vec<Met>> {
        self.read(|state| state.people.values().cloned().collect()).await
    }

    async fn meet(&self, person: &Person) -> Result<Identity> {
        self.write(|state| {
            let met = Met { person: person.clone(), is_current: true };
            let kept = state.people.entry(person.name.clone()).or_insert_with(|| met.clone());
            let whose = kept.person.identity.clone();
            if whose == person.identity {
                *kept = met;
                let hers = state.people.values_mut().filter(|met| met.person.identity == whose);
                hers.for_each(|met| met.is_current = met.person.name == person.name);
            }
            Ok(whose)
        })
        .await
    }

    async fn outdate(&self, identity: &Identity) -> Result<()> {
        self.write(|state| {
            let hers = state.people.values_mut().filter(|met| met.person.identity == *identity);
            hers.for_each(|met| met.is_current = false);
            Ok(())
        })
        .await
    }

    async fn forget(&self, name: &str) -> Result<Option<Identity>> {
        self.write(|state| Ok(state.people.remove(name).map(|met| met.person.identity))).await
    }
}

#[async_trait]
impl Locks for Memory {
    async fn all(&self) -> Result<Vec<Lock>> {
        self.read(|state| state.locks.values().cloned().collect()).await
    }

    async fn add(&self, lock: &Lock) -> Result<()> {
        self.write(|state| {
            let kept = state.locks.entry(lock.holder.clone()).or_insert_with(|| lock.clone());
            kept.hold(&lock.identities);
            Ok(())
        })
        .await
    }

    async fn free(&self, holder: &Holder, identity: &Identity) -> Result<()> {
        self.write(|state| {
            state.locks.get_mut(holder).into_iter().for_each(|lock| lock.free(identity));
            Ok(())
        })
        .await
    }

    async fn remove(&self, holder: &Holder) -> Result<()> {
        self.write(|state| {
            state.locks.remove(holder);
            Ok(())
        })
        .await
    }
}
