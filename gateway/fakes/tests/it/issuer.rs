//! The demonstration issuer against an independent verifier.

use gogs_spanner_fakes::issuer::{Algorithm, Forgery, Issuer, Misbehaviour};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm as Alg, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::Value;

use crate::client::client;

#[expect(clippy::disallowed_methods, reason = "the verifier these tests ask looks at the world's clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

async fn keys(issuer: &Issuer) -> JwkSet {
    let discovery = format!("{}/.well-known/openid-configuration", issuer.url());
    let discovery: Value = client().get(discovery).send().await.unwrap().json().await.unwrap();
    assert_eq!(discovery["issuer"], issuer.url());
    client().get(discovery["jwks_uri"].as_str().unwrap()).send().await.unwrap().json().await.unwrap()
}

/// Whether a careful verifier takes the token: its key by `kid`, its algorithm from the key.
fn accepts(keys: &JwkSet, token: &str, algorithm: Alg) -> bool {
    let Ok(header) = decode_header(token) else { return false };
    let Some(key) = header.kid.and_then(|id| keys.find(&id).cloned()) else { return false };
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&["spanner"]);
    decode::<Value>(token, &DecodingKey::from_jwk(&key).unwrap(), &validation).is_ok()
}

#[tokio::test]
async fn tokens_of_every_algorithm_verify_against_the_published_keys() {
    let issuer = Issuer::start().await.unwrap();
    let claims = issuer.claims("ci", "spanner", now());
    let keys = keys(&issuer).await;
    for (algorithm, name) in
        [(Algorithm::Rs256, Alg::RS256), (Algorithm::Es256, Alg::ES256), (Algorithm::EdDsa, Alg::EdDSA)]
    {
        assert!(accepts(&keys, &issuer.issue_with(algorithm, &claims), name), "{algorithm:?}");
    }
}

#[tokio::test]
async fn forged_tokens_do_not_verify() {
    let issuer = Issuer::start().await.unwrap();
    let claims = issuer.claims("ci", "spanner", now());
    let keys = keys(&issuer).await;
    // Its signature is right; only what the header says must make a verifier refuse, and this one does not look.
    let signed = [Forgery::CriticalExtension];
    for forgery in Forgery::ALL.into_iter().filter(|forgery| !signed.contains(forgery)) {
        assert!(!accepts(&keys, &issuer.forge(forgery, &claims), Alg::RS256), "{forgery:?}");
    }
}

#[tokio::test]
async fn a_rotation_with_overlap_keeps_old_tokens_and_one_without_does_not() {
    let issuer = Issuer::start().await.unwrap();
    let old = issuer.issue(&issuer.claims("ci", "spanner", now()));
    issuer.rotate_with_overlap();
    assert!(accepts(&keys(&issuer).await, &old, Alg::RS256));
    issuer.rotate();
    assert!(!accepts(&keys(&issuer).await, &old, Alg::RS256));
    assert_eq!(issuer.key_set_fetches(), 2);
}

#[tokio::test]
async fn a_misbehaving_issuer_does_what_it_is_told() {
    let issuer = Issuer::start().await.unwrap();
    let url = format!("{}/keys", issuer.url());
    issuer.misbehave(Misbehaviour::Redirecting);
    assert_eq!(client().get(&url).send().await.unwrap().status(), 302);
    issuer.misbehave(Misbehaviour::Garbage);
    assert!(client().get(&url).send().await.unwrap().json::<Value>().await.is_err());
    issuer.misbehave(Misbehaviour::Down);
    assert_eq!(client().get(&url).send().await.unwrap().status(), 503);
    issuer.behave();
    assert_eq!(client().get(&url).send().await.unwrap().status(), 200);
}
