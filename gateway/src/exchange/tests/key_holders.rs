//! Assertions of agents that hold a key: what is taken, what is not, and what a stranger learns from it.

use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use gogs_spanner_capability::Reason;
use gogs_spanner_fakes::issuer::Algorithm;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::office::{AgentsKey, Office, US, encode, with};

#[tokio::test]
async fn a_registered_key_gets_the_agents_token() {
    let office = Office::open().await;
    let answer = office.assert(&office.assertion(), &[("client_id", "ci-web")]).await.expect("a token");
    assert_eq!(answer.expires_in, 900);
    let token = office.verify(&answer.token);
    assert_eq!(token.agent().as_str(), "ci-web");
    let issuer = format!("{US}#{}", office.key.public().thumbprint());
    assert_eq!((token.service(), token.issuer(), token.user()), (US, &*issuer, None));
    assert_eq!(token.expires(), office.now() + SignedDuration::from_mins(15));
}

#[tokio::test]
async fn the_same_assertion_is_good_for_a_jwt_bearer_grant() {
    let office = Office::open().await;
    let assertion = office.assertion();
    let grant = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &*assertion)];
    office.ask(&grant).await.expect("a token");
    let again = office.assert(&assertion, &[]).await.expect_err("used up, whichever grant it comes by");
    assert_eq!(again.reason(), Reason::AssertionReplayed);
}

#[tokio::test]
async fn what_most_libraries_write_into_a_header_is_taken() {
    let office = Office::open().await;
    for header in [
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "EdDSA", "typ": "JWT" }),
        json!({
            "alg": "EdDSA", "typ": "application/client-authentication+JWT",
        }),
    ] {
        let assertion = office.key.sign(&header, &office.claims());
        assert!(office.assert(&assertion, &[]).await.is_ok(), "{header}");
    }
}

#[tokio::test]
async fn an_assertion_is_good_once_even_when_many_present_it_at_a_time() {
    let office = Office::open().await;
    let assertion = office.assertion();
    let answers = futures::future::join_all((0..8).map(|_| office.assert(&assertion, &[]))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for refusal in answers.into_iter().filter_map(Result::err) {
        assert_eq!(refusal.reason(), Reason::AssertionReplayed);
    }
    let resigned = office.key.sign(&json!({ "alg": "EdDSA" }), &claims_of(&assertion));
    let refusal = office.assert(&resigned, &[]).await.expect_err("the same jti");
    assert_eq!(refusal.reason(), Reason::AssertionReplayed);
}

#[tokio::test]
async fn an_assertion_whose_claims_are_wrong_is_refused_by_name() {
    let office = Office::open().await;
    let now = office.now().as_second();
    for (what, changes, named) in [
        ("another subject", json!({ "sub": "docs-writer" }), "`sub`"),
        ("no subject", json!({ "sub": null }), "`sub`"),
        ("our name with a slash", json!({ "aud": format!("{US}/") }), "`aud`"),
        ("the endpoint as audience", json!({ "aud": format!("{US}/-/spanner/oauth/token") }), "`aud`"),
        ("a list of audiences", json!({ "aud": [US] }), "`aud`"),
        ("no audience", json!({ "aud": null }), "`aud`"),
        ("expired", json!({ "iat": now - 90, "exp": now - 30 }), "expired"),
        ("no expiry", json!({ "exp": null }), "`exp`"),
        ("an expiry in words", json!({ "exp": "tomorrow" }), "`exp`"),
        ("no issue time", json!({ "iat": null }), "`iat`"),
        ("issued tomorrow", json!({ "iat": now + 3600, "exp": now + 3660 }), "`iat`"),
        ("not yet", json!({ "nbf": now + 40 }), "`nbf`"),
        ("too long a life", json!({ "exp": now + 301 }), "300 seconds"),
        ("no jti", json!({ "jti": null }), "`jti`"),
        ("an empty jti", json!({ "jti": "" }), "`jti`"),
        ("a number as jti", json!({ "jti": 1 }), "`jti`"),
        ("an endless jti", json!({ "jti": "x".repeat(129) }), "`jti`"),
    ] {
        let assertion = office.key.sign(&office.header(), &with(&office.claims(), &changes));
        let refusal = office.assert(&assertion, &[]).await.expect_err(what);
        assert_eq!(refusal.reason(), Reason::AssertionNotAccepted, "{what}");
        assert!(refusal.why().contains(named), "{what}: {}", refusal.why());
    }
}

#[tokio::test]
async fn another_client_id_is_refused() {
    let office = Office::open().await;
    let refusal = office.assert(&office.assertion(), &[("client_id", "docs-writer")]).await.expect_err("another");
    assert_eq!(refusal.reason(), Reason::AssertionNotAccepted);
}

/// After the confusions of RFC 8725 §2 and Wycheproof's JWS vectors: every one is signed, or put together, by somebody
/// who knows the public key.
#[tokio::test]
async fn a_jws_that_is_not_exactly_what_it_must_be_is_refused() {
    let office = Office::open().await;
    let (header, claims) = (office.header(), office.claims());
    let thumbprint = office.key.public().thumbprint().to_owned();
    let stranger = AgentsKey::generate();
    let own_key = json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(stranger.public().bytes()) });
    let good = office.assertion();
    let [head, body, signature] = parts(&good);
    let changed = |changes: Value| office.key.sign(&with(&header, &changes), &claims);
    for (what, text) in [
        ("nothing", "..".to_owned()),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{good}.{signature}")),
        ("five parts, as a JWE has", format!("{good}..")),
        ("no signature", format!("{head}.{body}.")),
        ("half a signature", format!("{head}.{body}.{}", &signature[..42])),
        ("a longer signature", format!("{good}AAAA")),
        ("a signature of zeros", format!("{head}.{body}.{}", encode([0; 64]))),
        ("padding", format!("{good}==")),
        ("stray bits at the end", format!("{head}.{body}.{}", stray(signature))),
        ("white space", format!(" {good}")),
        ("a line end", format!("{good}\n")),
        ("the JSON serialization", json!({ "protected": head, "payload": body, "signature": signature }).to_string()),
        (
            "other claims under the signature",
            format!("{head}.{}.{signature}", encode(with(&claims, &json!({ "sub": "root" })).to_string())),
        ),
        ("alg none", unsigned("none", &claims)),
        ("alg None", unsigned("None", &claims)),
        ("alg none beside a good signature", format!("{}.{body}.{signature}", encode(r#"{"alg":"none"}"#))),
        ("HMAC with the public key", hmac_with(office.key.public().bytes(), &claims)),
        ("HMAC with the thumbprint", hmac_with(thumbprint.as_bytes(), &claims)),
        ("ES256 over an Ed25519 key", changed(json!({ "alg": "ES256" }))),
        ("RS256 over an Ed25519 key", changed(json!({ "alg": "RS256" }))),
        ("alg in another case", changed(json!({ "alg": "eddsa" }))),
        ("a list of algs", changed(json!({ "alg": ["EdDSA"] }))),
        ("no alg", changed(json!({ "alg": null }))),
        ("alg twice", office.key.sign_text(r#"{"alg":"EdDSA","alg":"EdDSA"}"#, &claims.to_string())),
        ("a header that is no object", office.key.sign_text(r#"["EdDSA"]"#, &claims.to_string())),
        ("a key of its own", stranger.sign(&json!({ "alg": "EdDSA", "jwk": own_key }), &claims)),
        ("the right key by value", changed(json!({ "jwk": own_key }))),
        ("an address of a key", changed(json!({ "jku": "https://agents.example.com/-/spanner/oauth/keys" }))),
        ("an address of a certificate", changed(json!({ "x5u": "https://attacker.example/cert" }))),
        ("an extension", changed(json!({ "crit": ["exp"], "exp": 1 }))),
        ("an empty list of extensions", changed(json!({ "crit": [] }))),
        ("an unencoded payload (RFC 7797)", changed(json!({ "b64": false, "crit": ["b64"] }))),
        ("another kid", changed(json!({ "kid": stranger.public().thumbprint() }))),
        ("an empty kid", changed(json!({ "kid": "" }))),
        ("a number as kid", changed(json!({ "kid": 1 }))),
        ("a path as kid", changed(json!({ "kid": "../../dev/null" }))),
        ("an endless kid", changed(json!({ "kid": "x".repeat(257) }))),
        ("another type", changed(json!({ "typ": "at+jwt" }))),
        ("a number as type", changed(json!({ "typ": 1 }))),
        ("a payload that is no object", office.key.sign_text(&header.to_string(), "\"ci-web\"")),
        ("a claim twice", office.key.sign_text(&header.to_string(), r#"{"iss":"ci-web","iss":"ci-web"}"#)),
        ("a payload that is not JSON", office.key.sign_text(&header.to_string(), "ci-web")),
        ("another signer", stranger.sign(&with(&header, &json!({ "kid": null })), &claims)),
        ("another signer under the kid", stranger.sign(&header, &claims)),
        ("far too long", office.key.sign(&header, &with(&claims, &json!({ "x": "x".repeat(16 * 1024) })))),
    ] {
        let refusal = office.assert(&text, &[]).await.expect_err(what);
        assert_eq!(refusal.reason(), Reason::AssertionNotAccepted, "{what}");
    }
    office.assert(&good, &[]).await.expect("none of it used the good one up");
}

#[tokio::test]
async fn an_identity_token_is_no_client_assertion_and_the_reverse() {
    let office = Office::open().await;
    let identity = office.issuer.issue(&office.issuer.claims("docs", US, office.now()));
    let as_assertion = office.assert(&identity, &[]).await.expect_err("signed by an issuer");
    assert_eq!(as_assertion.reason(), Reason::AssertionNotAccepted);
    let disguised = with(&office.issuer.claims("ci-web", US, office.now()), &json!({ "iss": "ci-web", "jti": "1" }));
    let disguised = office.issuer.issue_with(Algorithm::EdDsa, &disguised);
    assert_eq!(office.assert(&disguised, &[]).await.expect_err("its key").reason(), Reason::AssertionNotAccepted);
    let shown = office.show(&office.assertion(), &[]).await.expect_err("signed by an agent");
    assert_eq!(shown.reason(), Reason::AssertionNotAccepted);
}

#[tokio::test]
async fn a_stranger_cannot_tell_an_unknown_agent_from_a_wrong_key() {
    let office = Office::open().await;
    let stranger = AgentsKey::generate();
    let claimed = |agent: &str| {
        let claims = with(&office.claims(), &json!({ "iss": agent, "sub": agent }));
        stranger.sign(&json!({ "alg": "EdDSA" }), &claims)
    };
    let mut answers = Vec::new();
    for agent in ["ci-web", "docs-writer", "nobody", "Not A Name", "https://idp.example.com"] {
        let refusal = office.assert(&claimed(agent), &[]).await.expect_err(agent);
        answers.push((
            refusal.reason(),
            refusal.why().to_owned(),
            refusal.next_step().to_owned(),
            refusal.retry_after(),
        ));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].0, Reason::AssertionNotAccepted);

    let (known, unknown) = (median(&office, &claimed("ci-web")).await, median(&office, &claimed("nobody")).await);
    let ratio = known.as_secs_f64() / unknown.as_secs_f64();
    assert!((0.4..2.5).contains(&ratio), "{known:?} and {unknown:?} tell them apart");
}

async fn median(office: &Office, assertion: &str) -> Duration {
    let mut times = Vec::new();
    for _ in 0..101 {
        let start = Instant::now();
        let _refused = office.assert(assertion, &[]).await;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times[50]
}

fn parts(text: &str) -> [&str; 3] {
    text.split('.').collect::<Vec<_>>().try_into().expect("three parts")
}

fn claims_of(assertion: &str) -> Value {
    let payload = BASE64_URL_SAFE_NO_PAD.decode(parts(assertion)[1]).expect("base64url");
    serde_json::from_slice(&payload).expect("claims")
}

/// The same 64 bytes to a careless decoder: 86 characters hold four bits more than they need.
fn stray(signature: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = signature.split_at(85);
    let at = ALPHABET.iter().position(|byte| *byte == last.as_bytes()[0]).expect("base64url");
    format!("{rest}{}", char::from(ALPHABET[at + 1]))
}

fn unsigned(alg: &str, claims: &Value) -> String {
    format!("{}.{}.", encode(json!({ "alg": alg }).to_string()), encode(claims.to_string()))
}

fn hmac_with(secret: &[u8], claims: &Value) -> String {
    let signed = format!("{}.{}", encode(r#"{"alg":"HS256"}"#), encode(claims.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", encode(tag))
}

#[tokio::test]
async fn a_replay_costs_the_agent_nothing_of_what_it_may_ask() {
    let office = Office::open().await;
    let shown = office.assertion();
    office.limit(&"ci-web".parse().expect("a name"), 2);
    office.assert(&shown, &[]).await.expect("a token");
    for more in [&[][..], &[("lifetime", "1")], &[("lifetime", "999999")]] {
        let replayed = office.assert(&shown, more).await.expect_err("used");
        assert_eq!(replayed.reason(), Reason::AssertionReplayed);
    }
    office.assert(&office.assertion(), &[]).await.expect("the other half of its requests is its own");
    let more = office.assert(&office.assertion(), &[]).await.expect_err("used up");
    assert_eq!(more.reason(), Reason::LimitReached);
}
