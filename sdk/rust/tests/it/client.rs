//! Calls: the token goes to one gateway, and every no has a type.

use std::time::Duration;

use gogs_spanner_sdk::{
    Answered, Client, Clock, Error, Narrowing, Origin, PathError, Refused, SignedDuration, Token, TokenError,
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_json, header, method, path, query_param},
};

use crate::scene::{Scene, granted, granted_text, minted, refused, text};

const ISSUES: &str = "/api/v1/repos/acme/web/issues";

/// A refusal of the REST door.
fn problem(status: u16, reason: &str) -> ResponseTemplate {
    let document = json!({
        "type": format!("urn:gogs-spanner:reason:{reason}"), "title": "no", "status": status, "detail": "not with this",
        "reason": reason, "hint": "do something else", "retry": null, "request_id": "r-7",
    });
    ResponseTemplate::new(status).set_body_raw(document.to_string(), "application/problem+json")
}

fn bearer(token: &str) -> String {
    format!("Bearer {}", text(token.as_bytes()))
}

/// Requests with this token are answered so.
async fn with_token(scene: &Scene, token: &str, response: ResponseTemplate) {
    let call = Mock::given(path(ISSUES)).and(header("authorization", bearer(token).as_str()));
    call.respond_with(response).mount(&scene.gateway).await;
}

fn found() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!([{ "number": 1 }]))
}

#[tokio::test]
async fn a_call_carries_the_token_and_its_answer_is_read() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let call = Mock::given(method("POST")).and(path(ISSUES)).and(query_param("draft", "a&b"));
    let call = call.and(header("authorization", bearer("one").as_str())).and(body_json(json!({ "title": "t" })));
    call.respond_with(ResponseTemplate::new(201).set_body_json(json!({ "number": 2 }))).mount(&scene.gateway).await;

    let client = scene.session().await.client();
    let made: Value = client.post(ISSUES).query("draft", "a&b").json(&json!({ "title": "t" })).read().await.unwrap();
    assert_eq!(made["number"], 2);
}

#[tokio::test]
async fn a_no_of_the_gateway_is_told_from_one_of_the_forge() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    with_token(&scene, "one", problem(403, "not-granted")).await;
    let client = scene.session().await.client();
    let Err(Error::Refused(refused)) = client.get(ISSUES).send().await else { panic!("refused") };
    let expected = Refused {
        reason: "not-granted".into(),
        why: "not with this".into(),
        hint: Some("do something else".into()),
        retry: None,
        request_id: Some("r-7".into()),
    };
    assert_eq!(refused, expected);

    let call = Mock::given(path("/api/v1/repos/acme/web/labels"));
    let body = json!({ "message": "Name is too long", "url": "" });
    call.respond_with(ResponseTemplate::new(422).set_body_json(body)).mount(&scene.gateway).await;
    let Err(Error::Forge(answered)) = client.get("/api/v1/repos/acme/web/labels").send().await else { panic!("a no") };
    assert_eq!(answered, Answered { status: 422, message: "Name is too long".into() });
    assert_eq!(answered.to_string(), "the forge answered 422: Name is too long");
}

#[tokio::test]
async fn a_token_that_has_just_ended_is_renewed_once_and_the_call_made_again() {
    for reason in ["token-expired", "token-not-accepted"] {
        let scene = Scene::new().await;
        scene.answers(granted(b"one")).await;
        let session = scene.session().await;
        session.token().await.unwrap();
        scene.answers(granted(b"two")).await;
        with_token(&scene, "one", problem(401, reason)).await;
        with_token(&scene, "two", found()).await;
        let issues: Value = session.client().get(ISSUES).read().await.unwrap();
        assert_eq!((&issues[0]["number"], session.token().await.unwrap().expose()), (&json!(1), &*text(b"two")));
    }
}

#[tokio::test]
async fn a_token_that_is_never_accepted_is_not_renewed_without_end() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    with_token(&scene, "one", problem(401, "token-not-accepted")).await;
    let outcome = scene.session().await.client().get(ISSUES).send().await;
    assert!(matches!(outcome, Err(Error::Refused(refused)) if refused.reason == "token-not-accepted"));
    let sent = scene.gateway.received_requests().await.unwrap();
    assert_eq!(sent.iter().filter(|request| request.url.path() == ISSUES).count(), 2);
}

#[tokio::test]
async fn callers_whose_token_ended_at_the_same_time_share_one_renewal() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let session = scene.session().await;
    session.token().await.unwrap();
    scene.answers(granted(b"two")).await;
    with_token(&scene, "one", problem(401, "token-expired")).await;
    with_token(&scene, "two", found()).await;
    let call = |client: Client| tokio::spawn(async move { client.get(ISSUES).send().await });
    let callers: Vec<_> = (0..10).map(|_| call(session.client())).collect();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    let sent = scene.gateway.received_requests().await.unwrap();
    assert_eq!(sent.iter().filter(|request| request.url.path() != ISSUES).count(), 1);
}

#[tokio::test]
async fn a_token_somebody_revoked_is_told_of_and_given_up() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let session = scene.session().await;
    session.token().await.unwrap();
    scene.answers(granted(b"two")).await;
    with_token(&scene, "one", problem(401, "token-revoked")).await;
    with_token(&scene, "two", found()).await;
    let outcome = session.client().get(ISSUES).send().await;
    assert!(matches!(outcome, Err(Error::Refused(refused)) if refused.reason == "token-revoked"));
    session.client().get(ISSUES).send().await.unwrap();
}

#[tokio::test]
async fn a_renewal_that_is_refused_says_so() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let session = scene.session().await;
    session.token().await.unwrap();
    scene.answers(refused()).await;
    with_token(&scene, "one", problem(401, "token-not-accepted")).await;
    let outcome = session.client().get(ISSUES).send().await;
    assert!(matches!(outcome, Err(Error::Refused(refused)) if refused.reason == "agent-locked"));
}

#[tokio::test]
async fn no_call_takes_the_token_anywhere_else() {
    let (scene, elsewhere) = (Scene::new().await, MockServer::start().await);
    scene.answers(granted(b"one")).await;
    let redirect = ResponseTemplate::new(302).insert_header("location", elsewhere.uri().as_str());
    with_token(&scene, "one", redirect).await;
    let client = scene.session().await.client();
    let outcome = client.get(ISSUES).send().await;
    assert!(matches!(outcome, Err(Error::Forge(Answered { status: 302, .. }))), "{outcome:?}");
    for url in [elsewhere.uri(), elsewhere.uri().replace("http:", "")] {
        let outcome = client.get(url).send().await;
        assert!(matches!(outcome, Err(Error::Path(PathError::NotAbsolute))), "{outcome:?}");
    }
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_larger_than_one_value_is_not_read_to_its_end() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let large = ResponseTemplate::new(200).set_body_bytes(vec![b' '; 16 * 1024 * 1024 + 1]);
    with_token(&scene, "one", large).await;
    let client = scene.session().await.client();
    let outcome = client.get(ISSUES).read::<Value>().await;
    assert!(matches!(outcome, Err(Error::Unintelligible { status: 200 })), "{outcome:?}");

    let endless = ResponseTemplate::new(403).set_body_bytes(vec![b' '; 65 * 1024]);
    Mock::given(path("/endless")).respond_with(endless).mount(&scene.gateway).await;
    let outcome = client.get("/endless").send().await;
    assert!(matches!(outcome, Err(Error::Unintelligible { status: 403 })), "{outcome:?}");
}

#[tokio::test]
async fn a_worker_calls_with_the_token_it_was_handed_and_with_nothing_else() {
    let scene = Scene::new().await;
    let origin: Origin = scene.gateway.uri().parse().unwrap();
    scene.answers(granted_text(minted(&scene.gateway.uri(), scene.clock.now()).expose())).await;
    let planner = scene.session().await.token().await.unwrap();
    let handed = planner.narrow(Narrowing::to("acme/web").read_only()).unwrap().expose().to_owned();

    let token = Token::parse(&format!("{handed}\n")).unwrap();
    assert_eq!((token.origin(), token.expires()), (&origin, scene.clock.now() + SignedDuration::from_mins(15)));
    let call = Mock::given(path(ISSUES)).and(header("authorization", format!("Bearer {handed}").as_str()));
    call.respond_with(problem(401, "token-expired")).mount(&scene.gateway).await;
    let outcome = Client::new(origin, token).unwrap().get(ISSUES).send().await;
    assert!(matches!(outcome, Err(Error::Refused(refused)) if refused.reason == "token-expired"));
    assert_eq!(scene.gateway.received_requests().await.unwrap().len(), 2, "nothing renews it");
}

#[tokio::test]
async fn a_token_of_another_gateway_is_not_shown_to_this_one() {
    let scene = Scene::new().await;
    let token = Token::parse(minted("https://agents.example.com", scene.clock.now()).expose()).unwrap();
    let error = Client::new("https://other.example.com".parse().unwrap(), token).unwrap_err();
    assert_eq!(error.to_string(), "the token is for https://agents.example.com, not for https://other.example.com");
    assert!(matches!(Token::parse("gsp_AAAA"), Err(TokenError::Malformed(_))));
    assert!(matches!(Token::parse(&text(b"one")), Err(TokenError::Unreadable(_))));
}

/// The refusal of a limit that leaves enough in so many seconds.
fn limited(seconds: u32) -> ResponseTemplate {
    let document = json!({
        "status": 429, "detail": "the agent has made all its `requests`, 600/m", "reason": "limit-reached",
        "hint": format!("try again in {seconds} s"), "retry": seconds, "request_id": "r-8",
    });
    let response = ResponseTemplate::new(429).insert_header("retry-after", seconds.to_string());
    response.set_body_raw(document.to_string(), "application/problem+json")
}

/// The first calls are refused like this, one after the other; then it works.
async fn refused_first(scene: &Scene, waits: &[u32]) {
    scene.answers(granted(b"one")).await;
    for seconds in waits {
        Mock::given(path(ISSUES)).respond_with(limited(*seconds)).up_to_n_times(1).mount(&scene.gateway).await;
    }
    Mock::given(path(ISSUES)).respond_with(found()).mount(&scene.gateway).await;
}

#[tokio::test]
async fn a_client_that_may_wait_comes_back_when_it_was_told_to() {
    let scene = Scene::new().await;
    refused_first(&scene, &[20, 15]).await;
    let began = scene.clock.now();
    let client = scene.session().await.client().waiting_at_most(Duration::from_secs(35));
    let issues: Value = client.get(ISSUES).read().await.unwrap();
    assert_eq!(issues[0]["number"], 1);
    assert_eq!(scene.clock.now().duration_since(began), SignedDuration::from_secs(35));
}

#[tokio::test]
async fn a_client_waits_no_longer_than_it_may_and_says_how_long_it_would_be() {
    for (patience, waited) in [(None, 0), (Some(19), 0), (Some(34), 20)] {
        let scene = Scene::new().await;
        refused_first(&scene, &[20, 15]).await;
        let began = scene.clock.now();
        let client = scene.session().await.client();
        let client = patience.map_or(client.clone(), |seconds| client.waiting_at_most(Duration::from_secs(seconds)));
        let Err(Error::Refused(refused)) = client.get(ISSUES).send().await else { panic!("refused") };
        assert_eq!((&*refused.reason, refused.retry), ("limit-reached", Some(if waited == 0 { 20 } else { 15 })));
        assert_eq!(scene.clock.now().duration_since(began), SignedDuration::from_secs(waited));
    }
}

#[tokio::test]
async fn a_limit_on_getting_tokens_is_waited_for_like_any_other_and_nothing_else_is() {
    let scene = Scene::new().await;
    let document = json!({ "error": "temporarily_unavailable", "reason": "limit-reached", "retry": 5 });
    let token = || Mock::given(path("/-/spanner/oauth/token"));
    token()
        .respond_with(ResponseTemplate::new(429).set_body_json(document))
        .up_to_n_times(1)
        .mount(&scene.gateway)
        .await;
    token().respond_with(granted(b"one")).mount(&scene.gateway).await;
    let busy = json!({ "reason": "upstream-unavailable", "detail": "Gogs does not answer", "retry": 5 });
    let busy = ResponseTemplate::new(503).set_body_raw(busy.to_string(), "application/problem+json");
    Mock::given(path(ISSUES)).respond_with(busy).mount(&scene.gateway).await;
    let began = scene.clock.now();
    let client = scene.session().await.client().waiting_at_most(Duration::from_mins(1));
    let Err(Error::Refused(refused)) = client.post(ISSUES).json(&json!({})).send().await else { panic!("refused") };
    assert_eq!(refused.reason, "upstream-unavailable", "who knows what became of it");
    assert_eq!(scene.clock.now().duration_since(began), SignedDuration::from_secs(5));
}
