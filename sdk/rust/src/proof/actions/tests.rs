//! A job's request for an ID token, against a stand-in for the runner's service.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path, query_param},
};

use super::*;

async fn runner(response: ResponseTemplate) -> MockServer {
    let runner = MockServer::start().await;
    let asked = Mock::given(method("GET")).and(path("/token")).and(query_param("api-version", "2.0"));
    let asked = asked.and(query_param("audience", "https://agents.example.com"));
    asked.and(header("authorization", "bearer of-the-runner")).respond_with(response).mount(&runner).await;
    runner
}

async fn asked(runner: &MockServer) -> Result<SecretString, ProofError> {
    let job = GitHub::new(&format!("{}/token?api-version=2.0", runner.uri()), "of-the-runner".into()).unwrap();
    job.id_token(&transport::client().unwrap(), &Origin::parse("https://agents.example.com").unwrap()).await
}

#[tokio::test]
async fn a_job_asks_for_an_id_token_for_this_gateway() {
    let runner = runner(ResponseTemplate::new(200).set_body_json(json!({ "count": 1, "value": "vouched" }))).await;
    assert_eq!(asked(&runner).await.unwrap().expose_secret(), "vouched");
}

#[tokio::test]
async fn a_job_that_gets_none_is_told_what_it_needs() {
    let error = asked(&runner(ResponseTemplate::new(403)).await).await.unwrap_err().to_string();
    assert!(error.contains("403") && error.contains("`permissions: id-token: write`"), "{error}");
}

#[tokio::test]
async fn what_is_no_id_token_is_not_passed_on() {
    for response in [
        ResponseTemplate::new(200).set_body_json(json!({ "token": "x" })),
        ResponseTemplate::new(200).set_body_bytes(vec![b' '; ANSWER_MAX + 1]),
    ] {
        assert!(matches!(asked(&runner(response).await).await, Err(ProofError::Unintelligible)));
    }
}

#[tokio::test]
async fn what_the_job_asks_with_follows_no_redirect() {
    let elsewhere = MockServer::start().await;
    let redirect = ResponseTemplate::new(302).insert_header("location", elsewhere.uri().as_str());
    assert!(matches!(asked(&runner(redirect).await).await, Err(ProofError::NotVouchedFor(_))));
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}
