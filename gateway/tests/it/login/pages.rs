//! What a browser is shown, where it is sent, and who may redeem what it brings back.

use gogs_spanner_testkit::{Answer, Caller, TestGateway};
use reqwest::{Method, Url, header};
use serde_json::json;

use super::gateway;

const AUTHORIZE: &str = "/-/spanner/oauth/authorize";
const CALLBACK: &str = "/-/spanner/oauth/callback";
const TOKEN: &str = "/-/spanner/oauth/token";
/// RFC 7636, Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http://127.0.0.1:4711/callback";

/// The query a command begins with, one member changed.
fn query(changed: &str, value: Option<&str>) -> String {
    let usual = [
        ("response_type", "code"),
        ("client_id", "spanner"),
        ("redirect_uri", REDIRECT),
        ("state", "a-state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let members =
        usual.into_iter().filter_map(|(name, usual)| Some((name, if name == changed { value? } else { usual })));
    Url::parse_with_params("http://x", members).expect("a URL").query().expect("a query").to_owned()
}

async fn get(gateway: &TestGateway, path: &str, query: &str, cookie: Option<&str>) -> Answer {
    let nobody = gateway.nobody();
    let request = nobody.request(Method::GET, &format!("{path}?{query}"));
    nobody
        .answered(cookie.map_or(request.try_clone().expect("no body"), |cookie| request.header(header::COOKIE, cookie)))
        .await
}

/// What the page says of where to go on, and the cookie it gives.
async fn begun(gateway: &TestGateway) -> (Url, String) {
    let page = get(gateway, AUTHORIZE, &query("", None), None).await.is(200);
    let onward = page.text.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let cookie = page.header(&header::SET_COOKIE).expect("a cookie").split(';').next().expect("a pair").to_owned();
    (Url::parse(&onward.replace("&amp;", "&")).expect("a URL"), cookie)
}

fn member(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[tokio::test]
async fn the_page_is_of_nobody_elses_making_and_tells_nobody_of_itself() {
    let (gateway, _provider) = gateway().await;
    let page = get(&gateway, AUTHORIZE, &query("", None), None).await.is(200).says("RCTN-CQQC").says("spanner login");
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        assert_eq!(page.header(&name), Some(value), "{name}");
    }
    let policy = page.header(&header::CONTENT_SECURITY_POLICY).expect("a policy");
    assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    let cookie = page.header(&header::SET_COOKIE).expect("a cookie");
    assert!(cookie.starts_with("spanner-login=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let brought = cookie.split(';').next();
    let again = get(&gateway, AUTHORIZE, &query("", None), brought).await.is(200);
    let other = again.header(&header::SET_COOKIE).expect("a cookie");
    assert_ne!(other.split(';').next(), brought, "each sign-in has a cookie of its own");
}

#[tokio::test]
async fn nobody_is_sent_anywhere_but_to_this_machine() {
    let (gateway, _provider) = gateway().await;
    for (name, value) in [
        ("redirect_uri", Some("https://evil.example/callback")),
        ("redirect_uri", Some("http://127.0.0.1.evil.example:1/")),
        ("redirect_uri", None),
        ("client_id", Some("another")),
        ("response_type", Some("token")),
        ("code_challenge_method", Some("plain")),
        ("code_challenge", Some("short")),
        ("state", None),
    ] {
        let answer = get(&gateway, AUTHORIZE, &query(name, value), None).await.is(400).says("request-malformed");
        assert_eq!(answer.header(&header::LOCATION), None, "{name}");
        assert!(!answer.text.contains("evil"), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_pictures_of_another_page_begin_no_sign_in_and_use_up_none() {
    let (gateway, _provider) = gateway().await;
    let nobody = gateway.nobody();
    for _ in 0..40 {
        let picture = nobody.request(Method::GET, &format!("{AUTHORIZE}?{}", query("", None)));
        let picture = nobody.answered(picture.header("sec-fetch-dest", "image")).await.is(400).says("nobody opened it");
        assert_eq!(picture.header(&header::SET_COOKIE), None);
    }
    begun(&gateway).await;
}

#[tokio::test]
async fn only_the_browser_that_began_comes_back_and_only_from_this_issuer() {
    let (gateway, _provider) = gateway().await;
    let (onward, cookie) = begun(&gateway).await;
    let (_, of_another) = begun(&gateway).await;
    let issuer = onward.origin().ascii_serialization();
    let brought = |state: &str, issuer: &str| {
        Url::parse_with_params("http://x", [("code", "x"), ("state", state), ("iss", issuer)])
            .expect("a URL")
            .query()
            .expect("one")
            .to_owned()
    };
    let state = member(&onward, "state");
    let good = brought(&state, &issuer);
    for (query, cookie, reason) in [
        (&good, None, "code-not-accepted"),
        (&good, Some(&of_another), "code-not-accepted"),
        (&brought("made-up", &issuer), Some(&cookie), "request-malformed"),
        (&brought(&state, "https://evil.example"), Some(&cookie), "code-not-accepted"),
        (&good.replace(&issuer.replace(':', "%3A").replace('/', "%2F"), ""), Some(&cookie), "code-not-accepted"),
    ] {
        let answer = get(&gateway, CALLBACK, query, cookie.map(String::as_str)).await.says(reason);
        assert_eq!(answer.header(&header::LOCATION), None, "{query}");
    }
    let back = get(&gateway, CALLBACK, &good, Some(&cookie)).await.is(303);
    let location = Url::parse(back.header(&header::LOCATION).expect("somewhere")).expect("a URL");
    assert!(location.as_str().starts_with(REDIRECT));
    assert_eq!(
        (member(&location, "state").as_str(), member(&location, "iss")),
        ("a-state", gateway.door.audience.clone())
    );
    let again = get(&gateway, CALLBACK, &good, Some(&cookie)).await.says("came back from the identity provider before");
    assert_eq!(again.header(&header::LOCATION), None, "one sign-in brings one code");
    let (onward, cookie) = begun(&gateway).await;
    let denied = brought(&member(&onward, "state"), &issuer).replace("code=x", "error=access_denied");
    let back = get(&gateway, CALLBACK, &denied, Some(&cookie)).await.is(303);
    assert!(back.header(&header::LOCATION).expect("somewhere").contains("error=access_denied"));
}

#[tokio::test]
async fn what_was_brought_back_is_redeemed_by_whoever_began_and_only_if_the_issuer_takes_it() {
    let (gateway, _provider) = gateway().await;
    let (onward, cookie) = begun(&gateway).await;
    let issuer = onward.origin().ascii_serialization();
    let brought = [("code", "made-up"), ("state", &member(&onward, "state")), ("iss", &issuer)];
    let brought = Url::parse_with_params("http://x", brought).expect("a URL");
    let back = get(&gateway, CALLBACK, brought.query().expect("one"), Some(&cookie)).await.is(303);
    let code = member(&Url::parse(back.header(&header::LOCATION).expect("somewhere")).expect("a URL"), "code");
    let redeem = async |code: &str, redirect: &str, verifier: &str| {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "spanner"),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ];
        gateway.nobody().post_form(TOKEN, &form).await
    };
    for (code, redirect, verifier) in [
        (code.as_str(), REDIRECT, "another-verifier"),
        (&code, "http://127.0.0.1:1/callback", VERIFIER),
        (&member(&onward, "state"), REDIRECT, VERIFIER),
        ("made-up", REDIRECT, VERIFIER),
        (&code, REDIRECT, VERIFIER),
    ] {
        let answer = redeem(code, redirect, verifier).await.is(400).is_refused("code-not-accepted");
        assert_eq!(answer.json()["error"], "invalid_grant");
        assert_eq!(answer.header(&header::CACHE_CONTROL), Some("no-store"));
    }
}

#[tokio::test]
async fn a_device_that_asks_too_often_is_told_to_slow_down_and_the_issuer_is_not_asked() {
    let (gateway, _provider) = gateway().await;
    let nobody = gateway.nobody();
    let begun =
        nobody.post_form("/-/spanner/oauth/device_authorization", &[("client_id", "spanner")]).await.is(200).json();
    assert!(begun["user_code"].is_string() && begun["verification_uri"].is_string(), "{begun}");
    assert!(begun["verification_uri_complete"].is_null(), "a link to send to somebody: {begun}");
    let ask = async |code: &str| {
        let kind = "urn:ietf:params:oauth:grant-type:device_code";
        nobody.post_form(TOKEN, &[("grant_type", kind), ("client_id", "spanner"), ("device_code", code)]).await
    };
    let code = begun["device_code"].as_str().expect("a code");
    let pending = ask(code).await.is(400).is_refused("authorization-pending");
    assert_eq!(pending.json()["error"], "authorization_pending");
    assert_eq!(ask(code).await.is(400).is_refused("slow-down").json()["error"], "slow_down");
    ask("made-up").await.is(400).is_refused("code-not-accepted");
}

#[tokio::test]
async fn an_issuer_that_is_down_is_said_to_be_and_nothing_else_is() {
    let (gateway, provider) = gateway().await;
    drop(provider);
    let nobody = gateway.nobody();
    let begun = nobody.post_form("/-/spanner/oauth/device_authorization", &[("client_id", "spanner")]).await;
    begun.is(503).is_refused("upstream-unavailable");
    get(&gateway, AUTHORIZE, &query("", None), None).await.is(503).says("identity provider does not answer");
    nobody.get("/-/spanner/oauth/keys").await.is(200);
}

#[tokio::test]
async fn the_metadata_lists_signing_in_where_people_do_and_only_there() {
    let (gateway, _provider) = gateway().await;
    let metadata = gateway.nobody().get("/.well-known/oauth-authorization-server").await.is(200).json();
    assert_eq!(metadata["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(
        metadata["device_authorization_endpoint"],
        format!("{}/-/spanner/oauth/device_authorization", gateway.door.audience)
    );
    let elsewhere = TestGateway::start().await;
    let metadata = elsewhere.nobody().get("/.well-known/oauth-authorization-server").await.is(200).json();
    assert!(metadata["device_authorization_endpoint"].is_null() && metadata["authorization_endpoint"].is_null());
    let begun =
        elsewhere.nobody().post_form("/-/spanner/oauth/device_authorization", &[("client_id", "spanner")]).await;
    begun.is(404).says("nobody signs in at this gateway");
}
