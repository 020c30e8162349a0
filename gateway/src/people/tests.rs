//! Names belong to identities, and a lock holds whoever it is about under every name.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use super::*;
use crate::{
    clock::ManualClock,
    store::memory::{Fault, Memory},
};

fn alice(name: &str) -> Person {
    person(name, "00u1")
}

fn person(name: &str, subject: &str) -> Person {
    let identity = Identity { issuer: "https://idp.example.com".to_owned(), subject: subject.to_owned() };
    Person { name: name.to_owned(), identity, claims: BTreeMap::new(), seen: Timestamp::UNIX_EPOCH }
}

async fn register(store: &Arc<Memory>) -> Register {
    Register::open(store.clone(), store.clone(), ManualClock::at(Timestamp::UNIX_EPOCH)).await.unwrap()
}

fn her(name: &str) -> Holder {
    Holder::Person(name.to_owned())
}

#[tokio::test]
async fn a_name_stays_hers_who_came_with_it_first() {
    let store = Memory::new();
    let met = register(&store).await;
    met.meet(alice("alice@example.com")).await.unwrap();
    let other = met.meet(person("alice@example.com", "00u2")).await.unwrap_err();
    assert_eq!(other.reason(), Reason::PersonChanged);
    let restarted = register(&store).await;
    assert_eq!(*restarted.person("alice@example.com").unwrap(), alice("alice@example.com"));
    assert_eq!(restarted.forget("alice@example.com").await.unwrap(), Some(alice("").identity));
    assert_eq!(restarted.person("alice@example.com").unwrap_err().reason(), Reason::NotLent);
    restarted.meet(person("alice@example.com", "00u2")).await.unwrap();
}

#[tokio::test]
async fn whoever_is_locked_is_locked_under_every_name_and_after_a_restart() {
    let store = Memory::new();
    let met = register(&store).await;
    met.meet(alice("alice@example.com")).await.unwrap();
    met.meet(alice("alice@new.example.com")).await.unwrap();
    met.lock(her("alice@example.com"), "uid:0".to_owned()).await.unwrap();
    for register in [met, register(&store).await] {
        for name in ["alice@example.com", "alice@new.example.com"] {
            assert_eq!(register.person(name).unwrap_err().reason(), Reason::PersonLocked);
        }
        let third = register.meet(alice("alice@third.example.com")).await.unwrap_err();
        assert_eq!(third.reason(), Reason::PersonLocked);
    }
    let register = register(&store).await;
    register.unlock(&her("alice@example.com")).await.unwrap();
    assert!(register.person("alice@new.example.com").is_ok());
}

#[tokio::test]
async fn somebody_who_never_came_can_be_locked_before_she_does() {
    let register = register(&Memory::new()).await;
    register.lock(her("mallory@example.com"), "uid:0".to_owned()).await.unwrap();
    let refusal = register.meet(person("mallory@example.com", "00u9")).await.unwrap_err();
    assert_eq!(refusal.reason(), Reason::PersonLocked);
}

#[tokio::test]
async fn a_lock_that_is_not_durable_is_not_acknowledged_and_holds_nobody() {
    let store = Memory::new();
    let register = register(&store).await;
    let agent: AgentName = "ci-web".parse().unwrap();
    for fault in [Fault::Down, Fault::ReadOnly, Fault::Full] {
        store.suffer(fault);
        assert!(register.lock(Holder::Agent(agent.clone()), "uid:0".to_owned()).await.is_err());
        assert!(!register.is_locked(&agent), "{fault:?}");
    }
    store.suffer(Fault::None);
    register.lock(Holder::Agent(agent.clone()), "uid:0".to_owned()).await.unwrap();
    assert!(register.is_locked(&agent));
    assert_eq!(register.locks().len(), 1);
}
