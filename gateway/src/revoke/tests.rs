//! What is revoked stays so, and what is made afterwards holds.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use async_trait::async_trait;
use jiff::Timestamp;

use super::*;
use crate::{
    clock::ManualClock,
    store::memory::{Fault, Memory},
};

fn id(byte: u8) -> RevocationId {
    RevocationId::from_bytes(&[byte; 64]).unwrap()
}

async fn list(store: &Arc<Memory>) -> RevocationList {
    RevocationList::open(store.clone(), ManualClock::at(Timestamp::UNIX_EPOCH)).await.unwrap()
}

#[tokio::test]
async fn a_revocation_outlives_a_restart() {
    let store = Memory::new();
    list(&store).await.revoke(&id(1)).await.unwrap();
    let restarted = list(&store).await;
    assert!(restarted.contains(&id(1)));
    assert!(!restarted.contains(&id(2)));
}

#[tokio::test]
async fn a_revocation_that_is_not_durable_is_neither_acknowledged_nor_visible() {
    let store = Memory::new();
    let list = list(&store).await;
    for fault in [Fault::Down, Fault::ReadOnly, Fault::Full] {
        store.suffer(fault);
        assert!(list.revoke(&id(1)).await.is_err());
        assert!(!list.contains(&id(1)), "{fault:?}");
    }
}

#[tokio::test]
async fn a_cut_off_outlives_a_restart_and_counts_only_once_it_is_durable() {
    let store = Memory::new();
    let agent = AgentName::parse("ci-web").unwrap();
    let (first, now) = (list(&store).await, Timestamp::UNIX_EPOCH);
    let cut = || Cut::Key(agent.clone(), "one".to_owned());
    store.suffer(Fault::Down);
    assert!(first.cut_off_now(cut()).await.is_err());
    assert!(!first.refuses_key(&agent, "one"));
    store.suffer(Fault::None);
    first.cut_off_now(cut()).await.unwrap();
    for list in [first, list(&store).await] {
        assert!(list.refuses_key(&agent, "one") && !list.refuses_key(&agent, "two"));
        let second = |shown| list.first_second(&agent, shown, now);
        assert_eq!(second(Shown::Key("one")), Err(Ended::Key));
        assert_eq!((second(Shown::Key("two")), second(Shown::Proof)), (Ok(now), Ok(now)));
    }
}

#[tokio::test]
async fn what_is_minted_after_a_cut_off_holds_whatever_part_of_a_second_it_was_at() {
    let list = list(&Memory::new()).await;
    let (agent, half) = (AgentName::parse("ci-web").unwrap(), SignedDuration::from_millis(500));
    for at in [0, 1, 499, 500, 999, 1000] {
        let before = Timestamp::UNIX_EPOCH + SignedDuration::from_millis(at);
        list.cut_off(Cutoff { cut: Cut::All, before }).await.unwrap();
        assert!(list.first_second(&agent, Shown::Proof, before).unwrap() >= before, "{at}");
        assert!(list.first_second(&agent, Shown::Proof, before + half * 3).unwrap() >= before, "{at}");
    }
}

#[tokio::test]
async fn a_revocation_said_to_have_failed_can_be_made_again() {
    let store = Memory::new();
    let list = list(&store).await;
    store.suffer(Fault::FailedButPersisted);
    assert!(list.revoke(&id(1)).await.is_err());
    store.suffer(Fault::None);
    list.revoke(&id(1)).await.unwrap();
    assert!(list.contains(&id(1)));
    assert_eq!(list.len(), 1);
}

#[tokio::test]
async fn a_second_cut_off_reaches_what_was_minted_right_after_the_first() {
    let list = list(&Memory::new()).await;
    let (agent, now) = (AgentName::parse("ci-web").unwrap(), Timestamp::UNIX_EPOCH);
    let (person, user) = (Cut::Person("alice".to_owned()), "alice");
    for cut in [person.clone(), Cut::Agent(agent.clone()), person.clone(), person, Cut::All] {
        let sign_in = list.first_second_of(user, list.first_second_of_all(now), now).unwrap();
        let minted = list.first_second(&agent, Shown::SignIn { user, issued: sign_in }, now).unwrap();
        let cutoff = list.cut_off_now(cut.clone()).await.unwrap();
        assert!(minted < cutoff.before, "{cut:?}");
        let again = list.first_second(&agent, Shown::SignIn { user, issued: sign_in }, now);
        assert_eq!(again.is_err(), cut != Cut::Agent(agent.clone()), "{cut:?}");
    }
}

/// A store that takes a second for a cut-off.
#[derive(Debug)]
struct Slow(Arc<Memory>, Arc<ManualClock>);

#[async_trait]
impl Revocations for Slow {
    async fn all(&self) -> Result<Vec<RevocationId>, StoreError> {
        Revocations::all(&*self.0).await
    }

    async fn add(&self, id: &RevocationId, at: Timestamp, keep_until: Timestamp) -> Result<(), StoreError> {
        Revocations::add(&*self.0, id, at, keep_until).await
    }

    async fn prune(&self, now: Timestamp) -> Result<(), StoreError> {
        Revocations::prune(&*self.0, now).await
    }

    async fn cutoffs(&self) -> Result<Vec<Cutoff>, StoreError> {
        self.0.cutoffs().await
    }

    async fn cut_off(&self, cutoff: &Cutoff, at: Timestamp) -> Result<(), StoreError> {
        self.1.advance(SignedDuration::from_secs(1));
        self.0.cut_off(cutoff, at).await
    }
}

#[tokio::test]
async fn what_was_minted_while_the_store_wrote_is_cut_off_too() {
    let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
    let store = Arc::new(Slow(Memory::new(), clock.clone()));
    let list = RevocationList::open(store.clone(), clock).await.unwrap();
    let key = Cut::Key(AgentName::parse("ci-web").unwrap(), "one".to_owned());
    let minted_meanwhile = Timestamp::from_second(1).unwrap();
    let cutoff = list.cut_off_now(key).await.unwrap();
    assert!(minted_meanwhile < cutoff.before);
    assert_eq!(store.cutoffs().await.unwrap(), [cutoff]);
}

#[tokio::test]
async fn a_sign_in_begun_before_a_cut_off_is_none_and_one_begun_right_after_is() {
    let list = list(&Memory::new()).await;
    let now = Timestamp::UNIX_EPOCH;
    for cut in [Cut::Person("alice".to_owned()), Cut::All, Cut::Person("alice".to_owned())] {
        let begun = list.first_second_of_all(now);
        list.first_second_of("alice", begun, now).unwrap();
        list.cut_off_now(cut).await.unwrap();
        assert_eq!(list.first_second_of("alice", begun, now + SignedDuration::from_mins(9)), Err(Ended::SignIn));
        list.first_second_of("alice", list.first_second_of_all(now), now).unwrap();
    }
}
