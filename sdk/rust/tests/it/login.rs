//! A device that waits until a person has confirmed.

use gogs_spanner_sdk::{Error, Login};
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

/// A gateway that gives codes, and answers so when it is asked what came of them.
async fn answers(gateway: &MockServer, reason: &str) {
    gateway.reset().await;
    let codes = json!({
        "device_code": "d", "user_code": "ABCD-EFGH", "verification_uri": "https://idp.example/device", "expires_in": 600,
        "interval": 5,
    });
    let refusal = json!({ "error": "e", "error_description": "not now", "reason": reason, "request_id": "r-1" });
    for (endpoint, status, body) in [("device_authorization", 200, codes), ("token", 400, refusal)] {
        let asked = Mock::given(method("POST")).and(path(format!("/-/spanner/oauth/{endpoint}")));
        asked.respond_with(ResponseTemplate::new(status).set_body_json(body)).mount(gateway).await;
    }
}

#[tokio::test]
async fn a_device_waits_longer_when_it_is_told_to_and_when_the_provider_has_no_answer_and_goes_on() {
    let gateway = MockServer::start().await;
    answers(&gateway, "authorization-pending").await;
    let login = Login::at(gateway.uri().parse().unwrap()).unwrap();
    let mut device = login.by_device().await.unwrap();
    assert_eq!((device.user_code(), device.page()), ("ABCD-EFGH", "https://idp.example/device"));
    for (reason, seconds) in
        [("authorization-pending", 5), ("slow-down", 10), ("upstream-unavailable", 15), ("limit-reached", 20)]
    {
        answers(&gateway, reason).await;
        assert!(login.confirmed(&mut device).await.unwrap().is_none(), "{reason}");
        assert_eq!(device.interval().as_secs(), seconds, "{reason}");
    }
    for reason in ["sign-in-denied", "sign-in-too-late", "grant-type-unsupported"] {
        answers(&gateway, reason).await;
        login.confirmed(&mut device).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_gateway_that_would_write_to_the_terminal_is_not_understood() {
    let good = json!({ "device_code": "d", "user_code": "ABCD", "verification_uri": "https://idp.example/device" });
    for (member, evil) in [
        ("user_code", "AB\u{1b}[2JCD"),
        ("verification_uri", "https://idp.example/\u{1b}]0;x\u{7}"),
        ("verification_uri", "javascript:alert(1)"),
    ] {
        let gateway = MockServer::start().await;
        let mut codes = good.clone();
        codes[member] = evil.into();
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_json(codes)).mount(&gateway).await;
        let login = Login::at(gateway.uri().parse().unwrap()).unwrap();
        assert!(matches!(login.by_device().await.unwrap_err(), Error::Unintelligible { status: 200 }), "{evil:?}");
    }
    let gateway = MockServer::start().await;
    answers(&gateway, "authorization-pending").await;
    let login = Login::at(gateway.uri().parse().unwrap()).unwrap();
    let mut device = login.by_device().await.unwrap();
    gateway.reset().await;
    let given = json!({ "access_token": "gsi_x", "expires_in": 60, "person": "alice\u{1b}[2J" });
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_json(given)).mount(&gateway).await;
    let error = login.confirmed(&mut device).await.unwrap_err();
    assert!(matches!(error, Error::Unintelligible { status: 200 }), "{error}");
}
