//! People and locks.

use super::{agent, noon, seconds};
use crate::{
    people::{Identity, Person},
    store::{Holder, Lock, Locks, Met, People},
};

fn alice(subject: &str, group: &str) -> Person {
    Person {
        name: "alice@example.com".to_owned(),
        identity: Identity { issuer: "https://idp.example.com".to_owned(), subject: subject.to_owned() },
        claims: [("groups".to_owned(), [group.to_owned()].into())].into(),
        seen: noon(),
    }
}

async fn names(store: &impl People) -> Vec<(String, bool)> {
    let mut met: Vec<_> = store.all().await.unwrap().into_iter().map(|met| (met.person.name, met.is_current)).collect();
    met.sort();
    met
}

pub(super) async fn a_name_is_hers_who_came_with_it_first_until_it_is_let_go(store: &impl People) {
    let current = |person: &Person| [Met { person: person.clone(), is_current: true }];
    let first = alice("00u1", "before");
    assert_eq!(store.meet(&first).await.unwrap(), first.identity);
    assert_eq!(store.meet(&alice("00u2", "x")).await.unwrap(), first.identity);
    assert_eq!(store.all().await.unwrap(), current(&first));
    let again = Person { seen: noon() + seconds(1), ..alice("00u1", "after") };
    assert_eq!(store.meet(&again).await.unwrap(), again.identity);
    assert_eq!(store.all().await.unwrap(), current(&again));
    assert_eq!(store.forget("alice@example.com").await.unwrap(), Some(again.identity));
    assert_eq!(store.forget("alice@example.com").await.unwrap(), None);
    assert_eq!(store.all().await.unwrap(), []);
}

pub(super) async fn the_name_she_came_with_last_is_the_current_one(store: &impl People) {
    let (one, other) = (alice("00u1", "x"), alice("00u2", "x"));
    let named = |person: &Person, name: &str| Person { name: name.to_owned(), ..person.clone() };
    for person in [one.clone(), named(&other, "bob"), named(&one, "00u1")] {
        store.meet(&person).await.unwrap();
    }
    let are = |current: [bool; 3]| -> Vec<_> {
        ["00u1", "alice@example.com", "bob"].into_iter().map(str::to_owned).zip(current).collect()
    };
    assert_eq!(names(store).await, are([true, false, true]));
    store.meet(&other).await.unwrap();
    assert_eq!(names(store).await, are([true, false, true]), "a name that is another's is left as it is");
    store.meet(&one).await.unwrap();
    assert_eq!(names(store).await, are([false, true, true]));
    store.outdate(&one.identity).await.unwrap();
    assert_eq!(names(store).await, are([false, false, true]), "none of hers, until she comes again");
    store.meet(&one).await.unwrap();
    assert_eq!(names(store).await, are([false, true, true]));
}

pub(super) async fn a_lock_stays_as_it_was_first_until_it_is_removed(store: &impl Locks) {
    let lock =
        |holder, by: &str| Lock { holder, at: noon(), by: by.to_owned(), identities: [].into(), freed: [].into() };
    let (alice, ci) = (Holder::person("alice@example.com"), Holder::Agent(agent("ci-web")));
    store.add(&lock(alice.clone(), "uid:0")).await.unwrap();
    store.add(&lock(alice.clone(), "uid:1")).await.unwrap();
    store.add(&lock(ci.clone(), "uid:0")).await.unwrap();
    let mut locks = store.all().await.unwrap();
    locks.sort_by(|one, other| one.holder.cmp(&other.holder));
    assert_eq!(locks, [lock(ci.clone(), "uid:0"), lock(alice.clone(), "uid:0")]);
    store.remove(&alice).await.unwrap();
    store.remove(&alice).await.unwrap();
    assert_eq!(store.all().await.unwrap(), [lock(ci, "uid:0")]);
}

pub(super) async fn a_lock_holds_every_identity_it_was_ever_given(store: &impl Locks) {
    let lock = |subjects: &[&str]| Lock {
        holder: Holder::person("alice@example.com"),
        at: noon(),
        by: "uid:0".to_owned(),
        identities: subjects.iter().map(|subject| alice(subject, "x").identity).collect(),
        freed: [].into(),
    };
    for subjects in [&[][..], &["00u1"], &["00u2", "00u1"]] {
        store.add(&lock(subjects)).await.unwrap();
    }
    assert_eq!(store.all().await.unwrap(), [lock(&["00u1", "00u2"])]);
    let one = alice("00u1", "x").identity;
    store.free(&lock(&[]).holder, &one).await.unwrap();
    assert_eq!(store.all().await.unwrap(), [Lock { freed: [one].into(), ..lock(&["00u2"]) }]);
    store.add(&lock(&["00u1"])).await.unwrap();
    assert_eq!(store.all().await.unwrap(), [lock(&["00u1", "00u2"])], "locked anew");
    store.remove(&lock(&[]).holder).await.unwrap();
    store.add(&lock(&[])).await.unwrap();
    assert_eq!(store.all().await.unwrap(), [lock(&[])], "nobody stays behind");
}
