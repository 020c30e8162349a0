//! When the script asks again: as often, and as soon, as it is told.

use std::collections::BTreeSet;

use gogs_spanner_testkit::{AgentKey, Said};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

use super::{
    TOKEN,
    machine::{bare, with_key},
};

/// A refusal after which the same may succeed in so many seconds.
fn later(retry: &Value) -> ResponseTemplate {
    ResponseTemplate::new(503).set_body_json(json!({
        "error": "temporarily_unavailable", "error_description": "the gateway is \"shutting\" down",
        "reason": "draining", "hint": "try again", "retry": retry, "request_id": "r-1",
    }))
}

/// Asks a gateway that answers so, as often as it may, and then gives a token.
async fn asked(refusal: ResponseTemplate, times: u64) -> (Said, usize) {
    let gateway = MockServer::start().await;
    let endpoint = || Mock::given(path("/-/spanner/oauth/token"));
    endpoint().respond_with(refusal).up_to_n_times(times).with_priority(1).mount(&gateway).await;
    let granted = json!({ "access_token": "gsp_abc", "token_type": "Bearer", "expires_in": 900 });
    endpoint().respond_with(ResponseTemplate::new(200).set_body_json(granted)).mount(&gateway).await;
    let host = with_key(bare().variable("GOGS_SPANNER_URL", gateway.uri()), &AgentKey::generate().private_pem());
    let said = host.script(".", &[TOKEN]).await;
    let forms = gateway.received_requests().await.expect("they are kept");
    let proofs: BTreeSet<_> = forms.iter().map(|request| request.body.clone()).collect();
    assert_eq!(proofs.len(), forms.len(), "a signed proof is good for one request");
    (said, forms.len())
}

#[tokio::test]
async fn what_waiting_mends_is_asked_for_again_with_a_new_proof() {
    let (said, requests) = asked(later(&json!(0)), 2).await;
    assert_eq!((said.succeeds().stdout.as_str(), requests), ("gsp_abc\n", 3));
}

#[tokio::test]
async fn a_gateway_that_stays_down_is_left_alone_after_three_times() {
    let (said, requests) = asked(later(&json!(0)), 9).await;
    assert_eq!((said.code, requests), (1, 3));
    said.says("error: the gateway is \"shutting\" down (draining)").says("hint: try again");
}

#[tokio::test]
async fn what_waiting_does_not_mend_or_not_soon_is_asked_for_once() {
    for retry in [Value::Null, json!(121)] {
        let (said, requests) = asked(later(&retry), 9).await;
        assert_eq!((said.code, requests), (1, 1));
    }
}

#[tokio::test]
async fn what_is_no_gateway_is_said_to_be_none() {
    for page in [ResponseTemplate::new(404).set_body_string("<html>"), ResponseTemplate::new(200).set_body_string("{}")]
    {
        let (said, requests) = asked(page, 9).await;
        assert_eq!((said.code, requests), (1, 1));
        said.says("is not a gateway");
    }
    let host = bare().variable("GOGS_SPANNER_URL", "http://127.0.0.1:1");
    let said = with_key(host, &AgentKey::generate().private_pem()).script(".", &[TOKEN]).await;
    assert_eq!(said.code, 1);
    said.says("http://127.0.0.1:1 does not answer").does_not_say("is not a gateway");
}
