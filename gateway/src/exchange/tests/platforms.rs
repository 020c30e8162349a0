//! Proofs of an issuer: whose word is taken, for whom, and what happens when the issuer is not well.

use gogs_spanner_capability::Reason;
use gogs_spanner_fakes::issuer::{Algorithm, Forgery, Misbehaviour};
use jiff::SignedDuration;
use serde_json::json;

use super::office::{Office, US, with};

impl Office {
    fn proof(&self, subject: &str) -> String {
        self.issuer.issue(&self.issuer.claims(subject, US, self.now()))
    }
}

#[tokio::test]
async fn a_proof_becomes_the_one_agent_that_trusts_it() {
    let office = Office::open().await;
    let claims = office.issuer.claims("docs", US, office.now());
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let answer = office.show(&office.issuer.issue_with(algorithm, &claims), &[]).await.expect("a token");
        let token = office.verify(&answer.token);
        assert_eq!((token.agent().as_str(), token.issuer()), ("docs-writer", office.issuer.url()), "{algorithm:?}");
    }
    assert_eq!(office.issuer.key_set_fetches(), 1, "the keys are kept");
}

#[tokio::test]
async fn a_proof_of_a_platform_is_good_until_it_expires() {
    let office = Office::open().await;
    let proof = office.proof("docs");
    office.show(&proof, &[]).await.expect("a token");
    office.show(&proof, &[]).await.expect("another: honest jobs present a proof again");
    office.clock.advance(SignedDuration::from_mins(6));
    assert_eq!(office.show(&proof, &[]).await.expect_err("expired").reason(), Reason::AssertionNotAccepted);
}

#[tokio::test]
async fn a_proof_that_fits_several_agents_or_none_is_refused() {
    let office = Office::open().await;
    let twin = office.proof("twin");
    assert_eq!(office.show(&twin, &[]).await.expect_err("two").reason(), Reason::AgentAmbiguous);
    let answer = office.show(&twin, &[("agent", "twin-b")]).await.expect("the one that is named");
    assert_eq!(office.verify(&answer.token).agent().as_str(), "twin-b");
    let other = office.show(&twin, &[("agent", "docs-writer")]).await;
    assert_eq!(other.expect_err("does not fit").reason(), Reason::NoTrustRule);
    let nobody = office.show(&office.proof("stranger"), &[]).await;
    assert_eq!(nobody.expect_err("nobody's").reason(), Reason::NoTrustRule);
}

#[tokio::test]
async fn no_forgery_is_taken() {
    let office = Office::open().await;
    let claims = office.issuer.claims("docs", US, office.now());
    for forgery in Forgery::ALL {
        let refusal = office.show(&office.issuer.forge(forgery, &claims), &[]).await.expect_err("a forgery");
        assert_eq!(refusal.reason(), Reason::AssertionNotAccepted, "{forgery:?}");
    }
}

#[tokio::test]
async fn another_kind_of_token_of_the_same_issuer_is_refused() {
    let office = Office::open().await;
    let claims = office.issuer.claims("docs", US, office.now());
    for kind in ["at+jwt", "application/at+jwt", "logout+jwt", "client-authentication+jwt"] {
        let text = office.key.sign(&json!({ "alg": "EdDSA", "typ": kind }), &claims);
        let refusal = office.show(&text, &[]).await.expect_err(kind);
        assert!(refusal.reason() == Reason::AssertionNotAccepted && refusal.why().contains("`typ`"), "{kind}");
    }
    assert_eq!(office.issuer.key_set_fetches(), 0);
}

#[tokio::test]
async fn claims_that_are_not_for_us_or_not_for_now_are_refused() {
    let office = Office::open().await;
    let claims = office.issuer.claims("docs", US, office.now());
    let now = office.now().as_second();
    for (what, changes) in [
        ("another audience", json!({ "aud": "https://other.example" })),
        ("no audience", json!({ "aud": null })),
        ("an issuer nobody configured", json!({ "iss": "https://evil.example" })),
        ("the issuer with a slash", json!({ "iss": format!("{}/", office.issuer.url()) })),
        ("a list of issuers", json!({ "iss": [office.issuer.url()] })),
        ("no issuer", json!({ "iss": null })),
        ("no subject", json!({ "sub": null })),
        ("expired", json!({ "exp": now - 30 })),
        ("no expiry", json!({ "exp": null })),
        ("issued in the future", json!({ "iat": now + 31 })),
        ("no issue time", json!({ "iat": null })),
        ("not yet", json!({ "nbf": now + 31 })),
    ] {
        let refusal = office.show(&office.issuer.issue(&with(&claims, &changes)), &[]).await.expect_err(what);
        assert_eq!(refusal.reason(), Reason::AssertionNotAccepted, "{what}");
    }
}

#[tokio::test]
async fn a_rotation_is_followed_and_made_up_key_ids_do_not_hammer_the_issuer() {
    let office = Office::open().await;
    office.show(&office.proof("docs"), &[]).await.expect("a token");
    office.clock.advance(SignedDuration::from_secs(6));
    office.issuer.rotate();
    office.show(&office.proof("docs"), &[]).await.expect("the new keys are fetched");
    assert_eq!(office.issuer.key_set_fetches(), 2);
    let unknown = office.issuer.forge(Forgery::UnknownKeyId, &office.issuer.claims("docs", US, office.now()));
    for _ in 0..20 {
        office.show(&unknown, &[]).await.expect_err("nobody's key");
    }
    assert_eq!(office.issuer.key_set_fetches(), 2, "asked a moment ago");
    office.clock.advance(SignedDuration::from_secs(6));
    office.show(&unknown, &[]).await.expect_err("nobody's key");
    assert_eq!(office.issuer.key_set_fetches(), 3);
}

#[tokio::test]
async fn a_withdrawn_key_is_dropped_within_the_hour() {
    let office = Office::open().await;
    let claims = office.issuer.claims("docs", US, office.now() + SignedDuration::from_hours(1));
    let of_old_key = office.issuer.issue(&with(&claims, &json!({ "iat": 0, "nbf": 0 })));
    office.show(&of_old_key, &[]).await.expect("a token");
    office.issuer.rotate();
    office.show(&of_old_key, &[]).await.expect("the keys are fresh");
    office.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(office.show(&of_old_key, &[]).await.expect_err("gone").reason(), Reason::AssertionNotAccepted);
}

#[tokio::test]
async fn many_who_come_at_once_cause_one_fetch() {
    let office = Office::open().await;
    let proof = office.proof("docs");
    let answers = futures::future::join_all((0..16).map(|_| office.show(&proof, &[]))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(office.issuer.key_set_fetches(), 1);
}

#[tokio::test]
async fn an_issuer_that_is_not_well_is_said_to_be_unavailable_and_recovers() {
    for misbehaviour in [
        Misbehaviour::Down,
        Misbehaviour::Redirecting,
        Misbehaviour::Garbage,
        Misbehaviour::Huge,
        Misbehaviour::Empty,
        Misbehaviour::AnotherIssuer,
    ] {
        let office = Office::open().await;
        office.issuer.misbehave(misbehaviour);
        let refusal = office.show(&office.proof("docs"), &[]).await.expect_err("no keys");
        assert_eq!(refusal.reason(), Reason::UpstreamUnavailable, "{misbehaviour:?}");
        office.issuer.behave();
        office.clock.advance(SignedDuration::from_secs(5));
        office.show(&office.proof("docs"), &[]).await.expect("it recovered");
    }
}

#[tokio::test]
async fn keys_that_were_good_stay_good_for_a_day_while_the_issuer_is_down() {
    let office = Office::open().await;
    office.show(&office.proof("docs"), &[]).await.expect("a token");
    office.issuer.misbehave(Misbehaviour::Down);
    office.clock.advance(SignedDuration::from_hours(23));
    office.show(&office.proof("docs"), &[]).await.expect("the keys of yesterday");
    office.clock.advance(SignedDuration::from_hours(2));
    let refusal = office.show(&office.proof("docs"), &[]).await.expect_err("too old");
    assert_eq!(refusal.reason(), Reason::UpstreamUnavailable);
}
