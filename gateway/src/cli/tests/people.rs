//! People, named as operators name them.

use std::collections::BTreeMap;

use gogs_spanner_capability::{Reason, token::SignIn};
use jiff::Timestamp;

use super::{person::unlocked, *};
use crate::people::{Identity, Person};

const ALICE: &str = "alice@example.com";

fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("an instant")
}

/// A sign-in made at noon under this name.
fn sign_in(user: &str) -> SignIn {
    SignIn {
        issuer: "https://idp.example.com".to_owned(),
        subject: "00u1".to_owned(),
        user: user.to_owned(),
        nonce: "01J".to_owned(),
        issued: noon(),
        service: "https://agents.example.com".to_owned(),
        expires: Timestamp::MAX,
    }
}

impl Host {
    /// Somebody signed in under these names, one after the other.
    async fn met(names: &[&str]) -> Self {
        let host = Self::new().await;
        for name in names {
            let SignIn { issuer, subject, .. } = sign_in(name);
            let identity = Identity { issuer, subject };
            let person = Person { name: (*name).to_owned(), identity, claims: BTreeMap::new(), seen: noon() };
            host.register.meet(person).await.expect("she is let in");
        }
        host
    }
}

#[tokio::test]
async fn revoking_a_person_ends_what_was_made_under_each_of_her_names() {
    for named in [ALICE, "Alice@Example.com", "00u1", "old@example.com"] {
        let host = Host::met(&["old@example.com", ALICE]).await;
        host.run(&["revoke", "person", named]).await.expect("it is revoked");
        assert!(["old@example.com", ALICE].iter().all(|name| host.revoked.cuts_off_sign_in(&sign_in(name))), "{named}");
        assert!(!host.revoked.cuts_off_sign_in(&sign_in("bob@example.com")));
        let [record] = host.trail("/audit?action=token%3Arevoke").await.try_into().expect("one record");
        let ended = format!("the sign-ins of {ALICE}, and what she lent, of before 2026-11-23T12:00:01Z");
        assert!(record["result"].as_str().is_some_and(|result| result.starts_with(&ended)), "{record}");
    }
}

#[tokio::test]
async fn only_what_was_made_before_an_instant_of_the_past_is_ended_where_one_is_named() {
    let host = Host::met(&[ALICE]).await;
    host.run(&["revoke", "person", ALICE, "--before", "2026-11-23T12:00:01Z"]).await.expect_err("it has not come");
    host.run(&["revoke", "person", "nobody@example.com"]).await.expect_err("nobody is called so");
    host.run(&["revoke", "person", ALICE, "--before", "2026-11-23T12:00:00Z"]).await.expect("it is revoked");
    assert!(!host.revoked.cuts_off_sign_in(&sign_in(ALICE)), "made at that instant");
    let earlier = SignIn { issued: noon() - SignedDuration::from_secs(1), ..sign_in(ALICE) };
    assert!(host.revoked.cuts_off_sign_in(&earlier));
}

#[tokio::test]
async fn to_let_go_of_a_name_ends_what_was_made_under_it_and_frees_nobody() {
    let host = Host::met(&[ALICE]).await;
    host.run(&["person", "lock", "00U1"]).await.expect("she is locked");
    host.run(&["person", "forget", "Alice@example.com"]).await.expect("it is let go of");
    assert!(host.revoked.cuts_off_sign_in(&sign_in(ALICE)));
    let people = host.gateway().get("/people").await.expect("the people");
    assert_eq!((&people["people"], &people["locks"][0]["subjects"]), (&json!([]), &json!(["00u1"])));
    let SignIn { issuer, subject, .. } = sign_in(ALICE);
    let identity = Identity { issuer, subject };
    let again = Person { name: "new@example.com".to_owned(), identity, claims: BTreeMap::new(), seen: noon() };
    assert_eq!(host.register.meet(again).await.expect_err("locked").reason(), Reason::PersonLocked);
}

#[tokio::test]
async fn unlocking_says_whether_there_was_a_lock() {
    let host = Host::met(&[ALICE]).await;
    host.run(&["person", "lock", ALICE]).await.expect("she is locked");
    for was_locked in [true, false] {
        let answer =
            host.gateway().post("/unlock", &json!({ "kind": "person", "name": ALICE })).await.expect("an answer");
        assert_eq!((&answer["was_locked"], &answer["locked"]), (&json!(was_locked), &json!(false)));
        assert_eq!(
            unlocked(ALICE, &answer),
            if was_locked { "unlocked alice@example.com" } else { "alice@example.com was not locked" }
        );
    }
}
