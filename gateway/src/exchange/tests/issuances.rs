//! What is issued: never more than was granted, always written down first.

use gogs_spanner_capability::Reason;
use jiff::SignedDuration;
use serde_json::json;

use super::office::{Office, rights};
use crate::{authorize::policy::Policy, journal::Outcome};

const DETAILS: &str = "authorization_details";

#[tokio::test]
async fn the_answer_says_what_was_granted() {
    let office = Office::open().await;
    let document = office.assert(&office.assertion(), &[]).await.expect("a token").document();
    assert_eq!(document["token_type"], "Bearer");
    assert_eq!(document["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
    assert_eq!(document["expires_in"], 900);
    assert_eq!(document["scope"], "contents:read issues:write ref:update");
    assert_eq!(document[DETAILS][1]["refs"], json!(["refs/heads/bot/**"]));
    assert!(document["access_token"].as_str().expect("a text").starts_with("gsp_"));
}

#[tokio::test]
async fn less_is_granted_on_request() {
    let office = Office::open().await;
    let asked = r#"[{"type":"gogs","actions":["contents:read"],"repositories":["acme/web"]}]"#;
    let answer = office.assert(&office.assertion(), &[(DETAILS, asked), ("lifetime", "60")]).await.expect("a token");
    assert_eq!((answer.expires_in, answer.scope().as_str()), (60, "contents:read"));
    let expected =
        json!([{ "repositories": ["acme/web"], "actions": ["contents:read"], "refs": ["**"], "paths": ["**"] }]);
    assert_eq!(*office.verify(&answer.token).rights(), rights(&expected));
}

#[tokio::test]
async fn more_is_refused_and_named() {
    let office = Office::open().await;
    for (more, reason, named) in [
        ((DETAILS, r#"[{"type":"gogs","repositories":["other/x"]}]"#), Reason::DetailsNotGranted, "[0].repositories"),
        ((DETAILS, r#"[{"type":"gogs","actions":["keys:rotate"]}]"#), Reason::DetailsNotGranted, "[0].actions"),
        ((DETAILS, "[]"), Reason::DetailsNotGranted, DETAILS),
        (("lifetime", "3601"), Reason::RequestMalformed, "lifetime"),
        (("lifetime", "0"), Reason::RequestMalformed, "lifetime"),
        (("lifetime", "-1"), Reason::RequestMalformed, "lifetime"),
        (("lifetime", "+60"), Reason::RequestMalformed, "lifetime"),
        (("lifetime", "1e3"), Reason::RequestMalformed, "lifetime"),
        (("scope", "contents:read"), Reason::RequestMalformed, "scope"),
        (("agent", "docs-writer"), Reason::RequestMalformed, "agent"),
    ] {
        let refusal = office.assert(&office.assertion(), &[more]).await.expect_err(more.1);
        assert_eq!(refusal.reason(), reason, "{more:?}");
        assert!(refusal.why().contains(named), "{more:?}: {}", refusal.why());
    }
}

#[tokio::test]
async fn a_grant_without_its_parameters_or_with_others_is_refused() {
    let office = Office::open().await;
    for (what, parameters, reason) in [
        ("no grant", &[("assertion", "x")][..], Reason::RequestMalformed),
        ("a password", &[("grant_type", "password"), ("username", "x")], Reason::GrantTypeUnsupported),
        ("no assertion", &[("grant_type", "client_credentials")], Reason::RequestMalformed),
        ("no subject", &[("grant_type", super::office::EXCHANGE)], Reason::RequestMalformed),
    ] {
        assert_eq!(office.ask(parameters).await.expect_err(what).reason(), reason, "{what}");
    }
    let proof = [("grant_type", super::office::EXCHANGE), ("subject_token", "x"), ("subject_token_type", "x")];
    assert_eq!(office.ask(&proof).await.expect_err("an unknown type").reason(), Reason::RequestMalformed);
    let actor = office.show("x", &[("actor_token", "x"), ("actor_token_type", super::office::ID_TOKEN)]).await;
    assert_eq!(actor.expect_err("not built").reason(), Reason::RequestMalformed);
}

#[tokio::test]
async fn an_agent_without_grants_gets_an_error_and_no_empty_token() {
    let office = Office::open().await;
    let proof = office.issuer.issue(&office.issuer.claims("idle", super::office::US, office.now()));
    assert_eq!(office.show(&proof, &[]).await.expect_err("nothing").reason(), Reason::NotGranted);
}

#[tokio::test]
async fn a_token_that_would_be_too_large_is_refused() {
    let office = Office::open().await;
    let names: Vec<_> = (0..200).map(|n| format!("acme/a-rather-long-repository-name-{n}")).collect();
    let asked = json!([{ "type": "gogs", "actions": ["contents:read"], "repositories": names }]).to_string();
    let refusal = office.assert(&office.assertion(), &[(DETAILS, &asked)]).await.expect_err("too large");
    assert_eq!(refusal.reason(), Reason::TokenTooLarge);
}

#[tokio::test]
async fn an_agent_that_policy_no_longer_knows_gets_nothing() {
    let office = Office::open().await;
    let token = office.token().await;
    office.policy.replace(Policy::default());
    let asserted = office.assert(&office.assertion(), &[]).await.expect_err("unknown");
    assert_eq!(asserted.reason(), Reason::AssertionNotAccepted);
    let narrowed = office.narrow(&token, &[("lifetime", "60")]).await.expect_err("unknown");
    assert_eq!(narrowed.reason(), Reason::AgentUnknown);
}

#[tokio::test]
async fn every_issuance_and_every_refusal_of_a_known_agent_is_in_the_trail() {
    let office = Office::open().await;
    let answer = office.assert(&office.assertion(), &[]).await.expect("a token");
    office.assert(&office.assertion(), &[("lifetime", "7200")]).await.expect_err("too long");
    let trail = office.trail().await;
    let [issued, refused] = &trail[..] else { panic!("two lines: {trail:?}") };
    assert_eq!((issued.action.as_str(), issued.repository.as_str()), ("token:issue", "spanner"));
    assert_eq!((issued.outcome, issued.agent.as_deref()), (Outcome::Permit, Some("ci-web")));
    assert_eq!(
        issued.token.as_ref().map(ToString::to_string),
        Some(office.verify(&answer.token).token_id().to_string())
    );
    assert_eq!((refused.outcome, refused.reason.as_deref()), (Outcome::Refuse, Some("request-malformed")));
    let printed = serde_json::to_string(&trail).expect("JSON");
    assert!(!printed.contains(answer.token.expose()));
}

#[tokio::test]
async fn without_a_journal_there_is_no_token() {
    let office = Office::open().await;
    office.journal.stop().await;
    let refusal = office.assert(&office.assertion(), &[]).await.expect_err("not written down");
    assert_eq!(refusal.reason(), Reason::JournalUnavailable);
}

#[tokio::test]
async fn a_token_signed_before_a_rotation_stays_good() {
    let office = Office::open().await;
    let token = office.token().await;
    office.keys.rotate().await.expect("a new key");
    office.clock.advance(SignedDuration::from_mins(1));
    office.narrow(&token, &[("lifetime", "60")]).await.expect("the old key is still published");
}
