//! A forge that is ill, away, or none.

use std::time::Duration;

use gogs_spanner_capability::Reason;
use gogs_spanner_fakes::forge::Trouble;
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::house::{House, reader, web};

/// Longer than the two seconds a caller may be kept waiting.
const TOO_LONG: Duration = Duration::from_secs(2);

#[tokio::test]
async fn an_ill_forge_is_a_refusal_within_two_seconds_and_forgotten_when_it_is_well() {
    let house = House::new().await;
    let accounts = house.accounts();
    for trouble in [Trouble::Unavailable, Trouble::Panicking, Trouble::Hang] {
        house.forge.trouble(trouble);
        let answer = tokio::time::timeout(TOO_LONG, accounts.credential(&reader(), Some(&web()))).await.unwrap();
        assert_eq!(answer.unwrap_err().reason(), Reason::UpstreamUnavailable, "{trouble:?}");
    }
    house.forge.resume();
    accounts.credential(&reader(), Some(&web())).await.unwrap();
}

#[tokio::test]
async fn a_forge_that_is_not_there_is_a_refusal() {
    let house = House::new().await;
    let accounts = house.accounts();
    house.forge.shutdown().await;
    let refusal = accounts.credential(&reader(), None).await.unwrap_err();
    assert_eq!(refusal.reason(), Reason::UpstreamUnavailable);
}

#[tokio::test]
async fn an_admin_token_without_power_is_a_refusal_that_tells_the_journal_why() {
    let house = House::new().await;
    house.forge.create_account("mallory", "a person's");
    let powerless = house.forge.mint_token("mallory", "pretender").unwrap();
    for token in [powerless.as_str(), "0000000000000000000000000000000000000000", "not\na header"] {
        let refusal = house.accounts_with(token, 1).credential(&reader(), None).await.unwrap_err();
        assert_eq!(refusal.reason(), Reason::UpstreamUnavailable);
        assert!(refusal.truth().unwrap().starts_with("the admin token has no power on the forge"), "{refusal:?}");
    }
}

#[tokio::test]
async fn whatever_is_not_gogs_is_a_refusal_and_no_redirect_takes_the_admin_token_elsewhere() {
    let house = House::new().await;
    for garbage in [
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(200).set_body_json(json!({ "id": "seven" })),
        ResponseTemplate::new(200).set_body_bytes(vec![b' '; 2 * 1024 * 1024]),
        ResponseTemplate::new(302).insert_header("location", house.forge.url()),
        ResponseTemplate::new(429),
    ] {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(garbage).mount(&server).await;
        let accounts = house.accounts_at(&server.uri(), house.forge.admin_token(), 1);
        let refusal = accounts.credential(&reader(), None).await.unwrap_err();
        assert_eq!(refusal.reason(), Reason::UpstreamUnavailable);
        assert!(refusal.truth().unwrap().contains("find user"), "{refusal:?}");
    }
    assert!(house.forge.recorder().arrivals().is_empty());
}
