//! Names belong to identities, and a lock holds whoever it is about under every name.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod together;

use super::*;
use crate::{
    authorize::policy::Members,
    clock::ManualClock,
    revoke::RevocationList,
    store::memory::{Fault, Memory},
};

fn alice(name: &str) -> Person {
    person(name, "00u1")
}

fn person(name: &str, subject: &str) -> Person {
    let identity = Identity { issuer: "https://idp.example.com".to_owned(), subject: subject.to_owned() };
    Person { name: name.to_owned(), identity, claims: BTreeMap::new(), seen: Timestamp::UNIX_EPOCH }
}

async fn register(store: &Arc<Memory>) -> Arc<Register> {
    Arc::new(Register::open(store.clone(), store.clone(), ManualClock::at(Timestamp::UNIX_EPOCH)).await.unwrap())
}

async fn revoked() -> Arc<RevocationList> {
    Arc::new(RevocationList::open(Memory::new(), ManualClock::at(Timestamp::UNIX_EPOCH)).await.unwrap())
}

fn her(name: &str) -> Holder {
    Holder::person(name)
}

/// The person, with a group besides.
fn in_group(person: Person, group: &str) -> Person {
    Person { claims: [("groups".to_owned(), [group.to_owned()].into())].into(), ..person }
}

fn refuses(register: &Register, name: &str) -> Reason {
    register.person(name).unwrap_err().reason()
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
    assert_eq!(restarted.forget("alice@example.com", &revoked().await).await.unwrap(), Some(alice("").identity));
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
async fn a_lock_by_her_subject_locks_her_who_is_known_by_her_address() {
    let register = register(&Memory::new()).await;
    register.meet(alice("alice@example.com")).await.unwrap();
    register.lock(her("00u1"), "uid:0".to_owned()).await.unwrap();
    assert_eq!(refuses(&register, "alice@example.com"), Reason::PersonLocked);
    register.unlock(&her("alice@example.com")).await.unwrap();
    assert!(register.person("alice@example.com").is_ok(), "unlocked by any of her names");
    register.lock(her("00U9"), "uid:0".to_owned()).await.unwrap();
    let met = register.meet(person("mallory@example.com", "00u9")).await;
    assert_eq!(met.unwrap_err().reason(), Reason::PersonLocked, "and her who comes later");
}

#[tokio::test]
async fn case_frees_nobody() {
    for (known, locked) in [("alice@example.com", "Alice@Example.com"), ("Auth0|A@b", "auth0|a@B"), ("AbC", "AbC")] {
        let register = register(&Memory::new()).await;
        register.meet(alice(known)).await.unwrap();
        register.lock(her(locked), "uid:0".to_owned()).await.unwrap();
        assert_eq!(refuses(&register, known), Reason::PersonLocked, "{locked}");
        register.unlock(&her(known)).await.unwrap();
        assert!(register.person(known).is_ok());
    }
    let register = register(&Memory::new()).await;
    register.lock(her("MALLORY@example.com"), "uid:0".to_owned()).await.unwrap();
    assert!(register.meet(person("mallory@example.com", "00u9")).await.is_err());
}

#[tokio::test]
async fn whoever_is_locked_stays_it_when_her_name_is_let_go_of() {
    let store = Memory::new();
    let met = register(&store).await;
    met.meet(alice("alice@example.com")).await.unwrap();
    met.lock(her("alice@example.com"), "uid:0".to_owned()).await.unwrap();
    met.forget("alice@example.com", &revoked().await).await.unwrap();
    for register in [met, register(&store).await] {
        let as_another = register.meet(alice("alice@new.example.com")).await.unwrap_err();
        assert_eq!(as_another.reason(), Reason::PersonLocked);
    }
}

#[tokio::test]
async fn whoever_was_turned_away_under_a_locked_name_is_locked_under_any() {
    let store = Memory::new();
    let register = register(&store).await;
    register.lock(her("mallory@example.com"), "uid:0".to_owned()).await.unwrap();
    register.meet(person("mallory@example.com", "00u9")).await.unwrap_err();
    let unverified = register.meet(person("00u9", "00u9")).await.unwrap_err();
    assert_eq!(unverified.reason(), Reason::PersonLocked);
    register.unlock(&her("mallory@example.com")).await.unwrap();
    register.meet(person("00u9", "00u9")).await.unwrap();
}

#[tokio::test]
async fn what_she_was_under_a_former_name_is_not_believed_any_more() {
    let store = Memory::new();
    let met = register(&store).await;
    met.meet(in_group(alice("alice@example.com"), "admins")).await.unwrap();
    // Her address is not verified any more, and she has left the group.
    met.meet(in_group(alice("00u1"), "readers")).await.unwrap();
    let by_address = Members::Named { addresses: ["alice@example.com".to_owned()].into(), subjects: [].into() };
    for register in [met, register(&store).await] {
        let today = register.person("alice@example.com").unwrap();
        assert_eq!(*today, in_group(alice("00u1"), "readers"));
        assert!(!by_address.hold(&today));
        assert_eq!(register.names_of("00u1"), ["00u1", "alice@example.com"].map(str::to_owned).into());
    }
    let register = register(&store).await;
    register.forget("00u1", &revoked().await).await.unwrap();
    for register in [&register, &self::register(&store).await] {
        assert_eq!(refuses(register, "alice@example.com"), Reason::NotLent, "what she was does not come back");
    }
}

#[test]
fn who_is_in_no_group_is_told_so() {
    let members = Members::Claiming { claim: "groups".to_owned(), any: ["developers".to_owned()].into() };
    let people = PeoplePolicy { groups: vec![members], ..PeoplePolicy::default() };
    in_group(alice("alice@example.com"), "developers").in_some_group(&people).unwrap();
    for nobody in [alice("alice@example.com"), in_group(alice("alice@example.com"), "sales")] {
        let refusal = nobody.in_some_group(&people).unwrap_err();
        assert_eq!(refusal.reason(), Reason::NotLent);
        assert!(refusal.why().contains("`alice@example.com` is in no group"), "{}", refusal.why());
    }
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

#[tokio::test]
async fn whoever_signs_in_and_is_in_no_group_is_not_what_she_was_before_either() {
    let members = Members::Claiming { claim: "groups".to_owned(), any: ["developers".to_owned()].into() };
    let people = PeoplePolicy { groups: vec![members], ..PeoplePolicy::default() };
    let store = Memory::new();
    let met = register(&store).await;
    let developer = || in_group(alice("alice@example.com"), "developers");
    met.admit(developer(), &people).await.unwrap();
    let left = met.admit(in_group(alice("alice@example.com"), "sales"), &people).await.unwrap_err();
    assert_eq!(left.reason(), Reason::NotLent);
    for register in [&met, &register(&store).await] {
        assert_eq!(refuses(register, "alice@example.com"), Reason::NotLent);
        let another = register.meet(person("alice@example.com", "00u2")).await.unwrap_err();
        assert_eq!(another.reason(), Reason::PersonChanged, "her name stays hers");
    }
    met.admit(developer(), &people).await.unwrap();
    assert_eq!(*met.person("alice@example.com").unwrap(), developer());
}

#[tokio::test]
async fn to_unlock_one_frees_nobody_else() {
    let store = Memory::new();
    let met = register(&store).await;
    let mallory = || person("mallory@example.com", "alice@example.com");
    met.meet(alice("alice@example.com")).await.unwrap();
    met.meet(mallory()).await.unwrap();
    for (one, other) in [("AbC", "abc"), ("bob@example.com", "00u5")] {
        met.meet(person(one, one)).await.unwrap();
        met.meet(person(other, other)).await.unwrap();
    }
    for locked in ["alice@example.com", "abc"] {
        met.lock(her(locked), "uid:0".to_owned()).await.unwrap();
    }
    for unlocked in ["alice@example.com", "AbC"] {
        assert!(met.unlock(&Holder::Person(unlocked.to_owned())).await.unwrap());
        assert!(!met.unlock(&Holder::Person(unlocked.to_owned())).await.unwrap(), "there is none any more");
    }
    for register in [&met, &register(&store).await] {
        assert!(["alice@example.com", "AbC"].iter().all(|name| register.person(name).is_ok()));
        for name in ["mallory@example.com", "abc"] {
            assert_eq!(refuses(register, name), Reason::PersonLocked, "{name}");
        }
        register.meet(alice("alice@example.com")).await.unwrap();
        let newcomer = register.meet(person("new@example.com", "Alice@example.com")).await.unwrap_err();
        assert_eq!(newcomer.reason(), Reason::PersonLocked, "the lock is there still");
    }
    met.unlock(&Holder::Person("mallory@example.com".to_owned())).await.unwrap();
    assert_eq!(*met.person("mallory@example.com").unwrap(), mallory());
}
