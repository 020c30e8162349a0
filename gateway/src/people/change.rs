//! What changes of whom we know: one change at a time and each of them wholly, in memory and in the store.

use std::{collections::BTreeSet, sync::Arc};

use gogs_spanner_capability::Reason;
use tracing::Instrument;

use super::{Identity, Person, Register, known::Unlocking, unavailable};
use crate::{
    authorize::policy::PeoplePolicy,
    refuse::Refusal,
    revoke::{Cut, RevocationList},
    store::{Holder, Lock, StoreError},
};

impl Register {
    /// Notes that somebody signed in, durably; refuses a name that is another's, and her who is locked.
    pub async fn meet(self: &Arc<Self>, person: Person) -> Result<Arc<Person>, Refusal> {
        self.wholly(|register| async move { register.let_in(person).await }).await.map_err(unavailable)?
    }

    /// The same for her who is in a group that may lend. Who is in none any more is not believed to be what she was either.
    pub async fn admit(self: &Arc<Self>, person: Person, people: &PeoplePolicy) -> Result<Arc<Person>, Refusal> {
        let Err(refusal) = person.in_some_group(people) else { return self.meet(person).await };
        self.disbelieve(person.identity).await.map_err(unavailable)?;
        Err(refusal)
    }

    /// She is nobody until she signs in again.
    async fn disbelieve(self: &Arc<Self>, identity: Identity) -> Result<(), StoreError> {
        self.wholly(|register| async move {
            register.change(|known| known.outdate(&identity));
            register.people.outdate(&identity).await
        })
        .await?
    }

    /// Locks somebody, as who she is where that is known: it is durable first and counts then.
    pub async fn lock(self: &Arc<Self>, holder: Holder, by: String) -> Result<(), StoreError> {
        self.wholly(|register| async move {
            let identities = match &holder {
                Holder::Agent(_) => BTreeSet::new(),
                Holder::Person(name) => register.read(|known| known.called(name)),
            };
            register.add(Lock { holder, at: register.clock.now(), by, identities, freed: BTreeSet::new() }).await
        })
        .await?
    }

    /// Unlocks somebody, whichever of her names she was locked by, and nobody else; says whether there was a lock.
    pub async fn unlock(self: &Arc<Self>, holder: &Holder) -> Result<bool, StoreError> {
        let holder = holder.clone();
        self.wholly(|register| async move {
            let all = register.read(|known| known.unlocking(&holder));
            for unlocking in &all {
                match unlocking {
                    Unlocking::All(holder) => register.locks.remove(holder).await?,
                    Unlocking::One(holder, identity) => register.locks.free(holder, identity).await?,
                }
                register.change(|known| known.unlock(unlocking));
            }
            Ok(!all.is_empty())
        })
        .await?
    }

    /// Lets go of a name; says whose it was. What names her by it ends, so that it does not name whoever has it next. Whoever
    /// is locked stays it.
    pub async fn forget(
        self: &Arc<Self>,
        name: &str,
        revoked: &Arc<RevocationList>,
    ) -> Result<Option<Identity>, StoreError> {
        let (name, revoked) = (name.to_owned(), Arc::clone(revoked));
        self.wholly(|register| async move { register.let_go(&name, &revoked).await }).await?
    }

    async fn let_in(&self, person: Person) -> Result<Arc<Person>, Refusal> {
        if self.read(|known| known.is_locked(&person)) {
            self.hold(&person).await.map_err(unavailable)?;
            return Err(Refusal::new(Reason::PersonLocked));
        }
        let whose = self.people.meet(&person).await.map_err(unavailable)?;
        if whose != person.identity {
            let why = format!("`{}` is the name of somebody else who signed in before", person.name);
            return Err(Refusal::new(Reason::PersonChanged).because(why));
        }
        let person = Arc::new(person);
        self.change(|known| known.meet(&person));
        Ok(person)
    }

    async fn let_go(&self, name: &str, revoked: &RevocationList) -> Result<Option<Identity>, StoreError> {
        if let Some(person) = self.read(|known| known.named(name).cloned()) {
            self.hold(&person).await?;
        }
        // Nobody's at once: nothing is lent by it any more that the cut-off would not reach.
        let forgotten = self.change(|known| known.forget(name));
        let let_go = async {
            revoked.cut_off_now(Cut::Person(name.to_owned())).await?;
            self.people.forget(name).await
        };
        let let_go = let_go.await;
        if let (Err(_), Some(forgotten)) = (&let_go, forgotten) {
            self.change(|known| known.remember(forgotten));
        }
        let_go
    }

    /// Keeps with the locks on what people are called who they are. A sign-in may have come in between when the lock was made.
    pub(super) async fn hold_all(&self) -> Result<(), StoreError> {
        for person in self.read(|known| known.names().cloned().collect::<Vec<_>>()) {
            self.hold(&person).await?;
        }
        Ok(())
    }

    /// Keeps with the locks on what somebody is called who she is: she stays locked when she is called otherwise.
    async fn hold(&self, person: &Person) -> Result<(), StoreError> {
        let by_name = self.read(|known| known.locks_by_name(person).cloned().collect::<Vec<_>>());
        for lock in by_name.into_iter().filter(|lock| !lock.identities.contains(&person.identity)) {
            self.add(Lock { identities: [person.identity.clone()].into(), ..lock }).await?;
        }
        Ok(())
    }

    async fn add(&self, lock: Lock) -> Result<(), StoreError> {
        self.locks.add(&lock).await?;
        self.change(|known| known.lock(&lock));
        Ok(())
    }

    /// Makes a change alone, as a task of its own: whoever asked for it may hang up, and memory and store agree all the same.
    async fn wholly<T, W>(self: &Arc<Self>, change: impl FnOnce(Arc<Self>) -> W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: Future<Output = T> + Send + 'static,
    {
        let (register, change) = (Arc::clone(self), change(Arc::clone(self)));
        let alone = async move {
            let _one_at_a_time = register.changing.lock().await;
            change.await
        };
        let changed = tokio::spawn(alone.in_current_span()).await;
        changed.map_err(|fault| StoreError::Unavailable(fault.to_string()))
    }
}
