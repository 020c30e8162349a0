//! Proving who one is: keys, and what identity providers sign.

use gogs_spanner_fakes::issuer::{Algorithm, Forgery, Issuer, Misbehaviour};
use gogs_spanner_testkit::{AUDIENCE, AgentKey, Caller, Setting, TestGateway, WRITER};
use jiff::SignedDuration;
use serde_json::{Value, json};

async fn with_issuer() -> (Issuer, TestGateway) {
    let issuer = Issuer::start().await.expect("an issuer starts");
    let setting = Setting::new().issuer(issuer.url()).trusted_agent("ci", "job-1", "acme/handbook", WRITER);
    let gateway = TestGateway::with(setting).await;
    (issuer, gateway)
}

#[tokio::test]
async fn an_assertion_is_taken_once() {
    let gateway = TestGateway::start().await;
    let holder = gateway.key_holder("docs-writer");
    let assertion = holder.sign(&holder.claims());
    let answer = holder.ask(&assertion, &[]).await.is(200);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.json()["token_type"], "Bearer");
    let again = holder.ask(&assertion, &[]).await.is(401).is_refused("assertion-replayed");
    assert_eq!(again.json()["error"], "invalid_client");
}

#[tokio::test]
async fn an_assertion_is_taken_once_also_across_a_restart() {
    let gateway = TestGateway::start().await;
    let holder = gateway.key_holder("docs-writer");
    let assertion = holder.sign(&holder.claims());
    holder.ask(&assertion, &[]).await.is(200);
    let gateway = gateway.restart().await;
    gateway.key_holder("docs-writer").ask(&assertion, &[]).await.is(401).is_refused("assertion-replayed");
}

#[tokio::test]
async fn an_assertion_that_is_not_exactly_right_is_not_accepted() {
    let gateway = TestGateway::start().await;
    let holder = gateway.key_holder("docs-writer");
    let now = holder.claims()["iat"].as_i64().expect("a time");
    let wrong: [(&str, Value); 9] = [
        ("aud", json!("http://other.example")),
        ("aud", json!(format!("{AUDIENCE}/"))),
        ("iss", json!("ci-web")),
        ("sub", json!("ci-web")),
        ("exp", json!(now - 600)),
        ("exp", json!(now + 3600)),
        ("iat", json!(now + 600)),
        ("jti", Value::Null),
        ("exp", Value::Null),
    ];
    for (claim, value) in wrong {
        let mut claims = holder.claims();
        claims[claim] = value;
        let answer = holder.ask(&holder.sign(&claims), &[]).await.is(401);
        assert_eq!(answer.reason(), "assertion-not-accepted", "{claim}: {}", claims[claim]);
    }
    let forged = AgentKey::generate().sign(&holder.claims());
    holder.ask(&forged, &[]).await.is(401).is_refused("assertion-not-accepted");
}

#[tokio::test]
async fn a_job_an_issuer_vouches_for_becomes_its_agent() {
    let (issuer, gateway) = with_issuer().await;
    let job = gateway.oidc_caller(&issuer, "job-1");
    job.token().await.get("/api/v1/repos/acme/handbook").await.is(200);
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        job.ask(&issuer.issue_with(algorithm, &job.claims()), &[]).await.is(200);
    }
    let stranger = gateway.oidc_caller(&issuer, "job-2");
    stranger.ask(&issuer.issue(&stranger.claims()), &[]).await.is(403).is_refused("no-trust-rule");
}

#[tokio::test]
async fn no_forgery_becomes_anybody() {
    let (issuer, gateway) = with_issuer().await;
    let job = gateway.oidc_caller(&issuer, "job-1");
    for forgery in Forgery::ALL {
        let answer = job.ask(&issuer.forge(forgery, &job.claims()), &[]).await;
        assert_eq!((answer.status.as_u16(), answer.reason().as_str()), (401, "assertion-not-accepted"), "{forgery:?}");
    }
}

#[tokio::test]
async fn a_proof_for_somebody_else_or_of_another_time_is_not_accepted() {
    let (issuer, gateway) = with_issuer().await;
    let job = gateway.oidc_caller(&issuer, "job-1");
    let now = job.claims()["iat"].as_i64().expect("a time");
    for (claim, value) in [
        ("aud", json!("http://other.example")),
        ("aud", Value::Null),
        ("iss", json!("http://other.example")),
        ("exp", json!(now - 600)),
        ("nbf", json!(now + 600)),
        ("iat", json!(now + 600)),
    ] {
        let mut claims = job.claims();
        claims[claim] = value;
        let answer = job.ask(&issuer.issue(&claims), &[]).await.is(401);
        assert_eq!(answer.reason(), "assertion-not-accepted", "{claim}: {}", claims[claim]);
    }
}

#[tokio::test]
async fn keys_an_issuer_rotated_to_are_found_and_those_it_left_are_not_taken() {
    let (issuer, gateway) = with_issuer().await;
    let job = gateway.oidc_caller(&issuer, "job-1");
    let old = issuer.issue(&job.claims());
    job.ask(&old, &[]).await.is(200);
    issuer.rotate();
    gateway.advance(SignedDuration::from_mins(2));
    job.ask(&issuer.issue(&job.claims()), &[]).await.is(200);
    job.ask(&old, &[]).await.is(401);
}

#[tokio::test]
async fn an_issuer_that_is_down_is_not_waited_for_and_vouches_for_nobody() {
    let (issuer, gateway) = with_issuer().await;
    issuer.misbehave(Misbehaviour::Down);
    let job = gateway.oidc_caller(&issuer, "job-1");
    let answer = job.ask(&issuer.issue(&job.claims()), &[]).await;
    assert_eq!((answer.status.as_u16(), answer.reason().as_str()), (503, "upstream-unavailable"));
}

#[tokio::test]
async fn the_metadata_leads_to_the_endpoints_that_are_there() {
    let gateway = TestGateway::start().await;
    let nobody = gateway.nobody();
    let resource = nobody.get("/.well-known/oauth-protected-resource").await.is(200).json();
    assert_eq!(resource["resource"], AUDIENCE);
    let server = nobody.get("/.well-known/oauth-authorization-server").await.is(200).json();
    assert_eq!(server["issuer"], AUDIENCE);
    for endpoint in ["token_endpoint", "revocation_endpoint", "jwks_uri"] {
        let url = server[endpoint].as_str().expect("an endpoint");
        let path = url.strip_prefix(AUDIENCE).expect("on this name");
        assert_ne!(nobody.get(path).await.status, 404, "{endpoint}");
    }
    let keys = nobody.get("/-/spanner/oauth/keys").await.is(200).json();
    assert_eq!(keys["keys"][0]["crv"], "Ed25519");
    nobody.get("/-/spanner/livez").await.is(200);
    nobody.get("/-/spanner/nothing").await.is(404).is_refused("route-unknown");
}
