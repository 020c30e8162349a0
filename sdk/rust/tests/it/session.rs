//! A token that is valid now, however it has to be had.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gogs_spanner_capability::token::inspect;
use gogs_spanner_sdk::{Action, Clock, Error, Narrowing, Request, Session, SignedDuration};
use serde_json::{Value, json};
use wiremock::{MockServer, ResponseTemplate};

use crate::scene::{OTHER_KEY, Scene, declined, granted, granted_text, minted, refused, text};

#[tokio::test]
async fn a_key_is_exchanged_for_a_token() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let token = scene.session().await.token().await.unwrap();
    assert_eq!(token.expose(), text(b"one"));
    assert_eq!(token.expires(), "2026-11-23T10:15:00Z".parse().unwrap());

    let form = &scene.forms().await[0];
    assert_eq!(form["grant_type"], "client_credentials");
    let claims = form["client_assertion"].split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("ci-web"), &json!(scene.gateway.uri())));
}

#[tokio::test]
async fn less_is_asked_for_in_the_terms_of_rfc_9396() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let reading = Request { actions: Some([Action::ContentsRead].into()), ..Request::default() };
    let builder = scene.builder().agent("ci-web").key_file(scene.files.path().join("key.pem"));
    let session = builder.less(reading).lifetime(SignedDuration::from_mins(5)).discover().await.unwrap();
    session.token().await.unwrap();

    let form = &scene.forms().await[0];
    assert_eq!(form["authorization_details"], r#"[{"actions":["contents:read"],"type":"gogs"}]"#);
    assert_eq!(form["lifetime"], "300");
}

#[tokio::test]
async fn an_assertion_is_read_anew_for_each_exchange() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let file = scene.files.path().join("assertion");
    let session = scene.builder().assertion_file(&file).discover().await.unwrap();
    assert!(matches!(session.token().await, Err(Error::Proof(_))));
    for assertion in ["first", "second"] {
        std::fs::write(&file, format!("{assertion}\n")).unwrap();
        session.token().await.unwrap();
        scene.pass(SignedDuration::from_mins(15));
    }
    let sent: Vec<String> =
        scene.forms().await.into_iter().map(|mut form| form.remove("subject_token").unwrap()).collect();
    assert_eq!(sent, ["first", "second"]);
}

#[tokio::test]
async fn callers_at_the_same_time_share_one_exchange() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one").set_delay(Duration::from_millis(50))).await;
    let session = scene.session().await;
    let call = |session: Session| tokio::spawn(async move { session.token().await });
    let callers: Vec<_> = (0..10).map(|_| call(session.clone())).collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap().expose(), text(b"one"));
    }
    assert_eq!(scene.forms().await.len(), 1);
}

#[tokio::test]
async fn a_token_is_kept_at_first_and_renewed_before_it_ends() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let session = scene.session().await;
    session.token().await.unwrap();
    scene.answers(granted(b"two")).await;

    scene.pass(SignedDuration::from_mins(10));
    assert_eq!(session.token().await.unwrap().expose(), text(b"one"));
    scene.pass(SignedDuration::from_mins(3));
    assert_eq!(session.token().await.unwrap().expose(), text(b"two"));
}

#[tokio::test]
async fn a_renewal_that_fails_is_told_only_when_the_token_has_ended() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let session = scene.session().await;
    session.token().await.unwrap();
    scene.answers(refused()).await;

    scene.pass(SignedDuration::from_mins(14));
    for _ in 0..3 {
        assert_eq!(session.token().await.unwrap().expose(), text(b"one"));
    }
    assert_eq!(scene.forms().await.len(), 1, "a gateway that refuses is not asked at every call");
    scene.pass(SignedDuration::from_mins(1));
    assert!(matches!(session.token().await, Err(Error::Refused(_))));
}

/// The claims of the key assertions the gateway was sent.
async fn claims(scene: &Scene) -> Vec<Value> {
    let claims = |form: &std::collections::BTreeMap<String, String>| {
        let claims = form["client_assertion"].split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
    };
    scene.forms().await.iter().map(claims).collect()
}

#[tokio::test]
async fn two_hundred_callers_around_the_end_of_a_token_share_one_exchange() {
    for minutes in [13, 15] {
        let scene = Scene::new().await;
        scene.answers(granted(b"one")).await;
        let session = scene.session().await;
        session.token().await.unwrap();
        scene.answers(granted(b"two").set_delay(Duration::from_millis(50))).await;
        scene.pass(SignedDuration::from_mins(minutes));
        let call = |session: Session| tokio::spawn(async move { session.token().await });
        let callers: Vec<_> = (0..200).map(|_| call(session.clone())).collect();
        for caller in callers {
            let token = caller.await.unwrap().unwrap();
            assert!(token.expose() == text(b"two") || minutes < 15, "it has ended");
        }
        assert_eq!(scene.forms().await.len(), 1);
    }
}

#[tokio::test]
async fn a_gateway_that_is_down_for_a_minute_costs_no_valid_token() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let session = scene.session().await;
    session.token().await.unwrap();
    scene.answers(ResponseTemplate::new(503)).await;
    scene.pass(SignedDuration::from_mins(13));
    for _ in 0..6 {
        assert_eq!(session.token().await.unwrap().expose(), text(b"one"));
        scene.pass(SignedDuration::from_secs(10));
    }
    assert_eq!(scene.forms().await.len(), 6, "once in ten seconds");
    scene.answers(granted(b"two")).await;
    assert_eq!(session.token().await.unwrap().expose(), text(b"two"));
}

#[tokio::test]
async fn a_replayed_proof_is_signed_anew_and_only_once() {
    let scene = Scene::new().await;
    scene.answers(declined("assertion-replayed")).await;
    assert!(
        matches!(scene.session().await.token().await, Err(Error::Refused(no)) if no.reason == "assertion-replayed")
    );
    let claims = claims(&scene).await;
    assert_eq!(claims.len(), 2);
    assert_ne!(claims[0]["jti"], claims[1]["jti"]);
}

#[tokio::test]
async fn a_proof_is_dated_by_the_clock_of_the_gateway_where_ours_is_wrong() {
    let scene = Scene::new().await;
    scene.answers(declined("assertion-not-accepted").insert_header("date", "Mon, 23 Nov 2026 11:00:00 GMT")).await;
    assert!(scene.session().await.token().await.is_err());
    let dated: Vec<_> = claims(&scene).await.iter().map(|claims| claims["iat"].as_i64().unwrap()).collect();
    assert_eq!(dated[1] - dated[0], 3600);

    scene.answers(declined("assertion-not-accepted").insert_header("date", "Mon, 23 Nov 2026 10:00:10 GMT")).await;
    assert!(scene.session().await.token().await.is_err());
    assert_eq!(scene.forms().await.len(), 1, "it was refused for something else");
}

#[tokio::test]
async fn a_narrower_token_is_dated_by_the_clock_of_the_gateway() {
    let scene = Scene::new().await;
    let theirs = scene.clock.now() + SignedDuration::from_hours(1);
    scene.answers(granted_text(minted("https://agents.example.com", theirs).expose())).await;
    let token = scene.session().await.token().await.unwrap();
    let narrow = token.narrow(Narrowing::to("acme/web").lifetime(SignedDuration::from_mins(5))).unwrap();
    assert_eq!(narrow.expires(), scene.clock.now() + SignedDuration::from_mins(5));
    let read = inspect(&narrow.expose().parse().unwrap()).unwrap();
    assert_eq!(read.expires, theirs + SignedDuration::from_mins(5));
}

#[tokio::test]
async fn a_changed_key_is_signed_with() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let session = scene.session().await;
    let key_id = |form: &std::collections::BTreeMap<String, String>| {
        form["client_assertion"].split('.').next().unwrap().to_owned()
    };
    session.token().await.unwrap();
    std::fs::write(scene.files.path().join("key.pem"), OTHER_KEY).unwrap();
    scene.pass(SignedDuration::from_mins(15));
    session.token().await.unwrap();
    std::fs::write(scene.files.path().join("key.pem"), "half a k").unwrap();
    scene.pass(SignedDuration::from_mins(15));
    session.token().await.unwrap();
    let keys: Vec<_> = scene.forms().await.iter().map(key_id).collect();
    assert!(keys[0] != keys[1] && keys[1] == keys[2], "a file that is being written is no key");
}

#[tokio::test]
async fn a_refusal_says_its_reason_and_what_to_do() {
    let scene = Scene::new().await;
    scene.answers(refused()).await;
    let Err(Error::Refused(refused)) = scene.session().await.token().await else { panic!("refused") };
    assert_eq!(refused.reason, "agent-locked");
    assert_eq!(refused.to_string(), "agent-locked: the agent is locked");
    assert_eq!(refused.request_id.as_deref(), Some("r-1"));
    assert!(refused.hint.is_some_and(|hint| !hint.is_empty()), "the table of reasons has a hint for each");
}

#[tokio::test]
async fn a_proof_follows_no_redirect() {
    let (scene, elsewhere) = (Scene::new().await, MockServer::start().await);
    let location = format!("{}/-/spanner/oauth/token", elsewhere.uri());
    scene.answers(ResponseTemplate::new(307).insert_header("location", location.as_str())).await;
    let outcome = scene.session().await.token().await;
    assert!(matches!(outcome, Err(Error::Unintelligible { status: 307 })), "{outcome:?}");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_the_end() {
    let scene = Scene::new().await;
    scene.answers(ResponseTemplate::new(200).set_body_bytes(vec![b' '; 300 * 1024])).await;
    let outcome = scene.session().await.token().await;
    assert!(matches!(outcome, Err(Error::Unintelligible { status: 200 })), "{outcome:?}");
}

#[tokio::test]
async fn a_token_is_narrowed_without_asking_the_gateway() {
    let scene = Scene::new().await;
    let now = scene.clock.now();
    scene.answers(granted_text(minted("https://agents.example.com", now).expose())).await;
    let token = scene.session().await.token().await.unwrap();
    let narrowing = Narrowing::to("Acme/Web").read_only().lifetime(SignedDuration::from_mins(5)).delegate("reader");
    let narrow = token.narrow(&narrowing).unwrap();

    assert_eq!(scene.forms().await.len(), 1);
    assert_eq!(narrow.expires(), now + SignedDuration::from_mins(5));
    let read = inspect(&narrow.expose().parse().unwrap()).unwrap();
    assert_eq!(read.expires, narrow.expires());
    let block = serde_json::to_value(&read.blocks).unwrap().to_string();
    assert!(block.contains("acme/web") && block.contains("reader") && !block.contains("ref:"), "{block}");
}

#[tokio::test]
async fn a_narrower_token_never_outlives_the_one_it_came_from() {
    let scene = Scene::new().await;
    scene.answers(granted_text(minted("https://agents.example.com", scene.clock.now()).expose())).await;
    let token = scene.session().await.token().await.unwrap();
    let narrow = token.narrow(Narrowing::to("acme/web").lifetime(SignedDuration::from_hours(9))).unwrap();
    assert_eq!(narrow.expires(), token.expires());
    assert!(token.narrow(Narrowing::default()).is_err(), "a narrowing that says nothing is a mistake");
    assert!(token.narrow(Narrowing::to("not a repository")).is_err());
}

#[tokio::test]
async fn neither_a_session_nor_a_token_prints_a_secret() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let session = scene.session().await;
    let token = session.token().await.unwrap();
    let printed = format!("{session:?} {token:?}");
    assert!(!printed.contains(token.expose()) && !printed.contains("MC4CAQ"), "{printed}");
}
