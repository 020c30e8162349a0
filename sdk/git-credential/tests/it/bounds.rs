//! Whom the helper talks to, and whom it does not.

use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use crate::desk::{Desk, describes, gateway, heard, issues, metadata_are};

const METADATA: &str = "GET /.well-known/oauth-protected-resource";

#[tokio::test]
async fn a_rogue_host_with_perfect_metadata_gets_nothing_and_is_not_even_asked() {
    let (real, rogue) = (gateway().await, gateway().await);
    let everywhere = Desk::new().keyed(&real).configured("[credential]\nhelper = spanner\n");
    everywhere.ask(&rogue, "").is_nothing();
    let challenge = format!(
        "wwwauth[]=Basic realm=\"spanner\", resource_metadata=\"{}/.well-known/oauth-protected-resource\"\n",
        rogue.uri()
    );
    everywhere.ask(&rogue, &challenge).is_nothing();
    assert!(heard(&rogue).await.is_empty() && heard(&real).await.is_empty());
    assert!(everywhere.ask(&real, "").answer.contains("password=gsp_"));
}

#[tokio::test]
async fn a_key_is_not_used_where_it_is_not_for_even_if_the_place_is_named_as_a_gateway() {
    let (real, other) = (gateway().await, gateway().await);
    let desk = Desk::new().keyed(&real).told(&other.uri());
    desk.ask(&other, "").quits("no proof for this gateway at hand; what GOGS_SPANNER_URL names is another");
    let (uri, key) = (real.uri(), desk.key());
    let line = ["--url", &uri, "--agent", "ci", "--key-file", &key, "get"];
    desk.run(&line, &crate::desk::question(&other, "")).is_nothing();
    assert!(heard(&other).await.is_empty() && heard(&real).await.is_empty());
}

#[tokio::test]
async fn a_key_that_is_for_no_gateway_is_used_at_none() {
    let place = gateway().await;
    let desk = Desk::new().variable("GOGS_SPANNER_AGENT", "ci");
    let key = desk.key();
    let desk = desk.variable("GOGS_SPANNER_KEY_FILE", &key).told(&place.uri());
    desk.ask(&place, "").quits("GOGS_SPANNER_KEY_FILE is for no gateway in particular; set GOGS_SPANNER_URL beside it");
    let said = desk.run(&["--key-file", &key, "get"], &crate::desk::question(&place, ""));
    assert!(said.answer.is_empty() && said.told.contains("--url"), "{}", said.told);
    assert!(heard(&place).await.is_empty());
}

#[tokio::test]
async fn a_host_that_redirects_gets_nothing() {
    let (real, rogue) = (gateway().await, MockServer::start().await);
    let there = format!("{}/.well-known/oauth-protected-resource", real.uri());
    metadata_are(&rogue, ResponseTemplate::new(302).insert_header("location", there)).await;
    issues(&rogue).await;
    let desk = Desk::new().keyed(&rogue);
    desk.ask(&rogue, "")
        .quits("what answers is not this gateway: it answers with 302 where a gateway describes itself");
    assert!(heard(&real).await.is_empty());
    assert_eq!(heard(&rogue).await, [(METADATA.to_owned(), String::new())]);
}

#[tokio::test]
async fn a_host_that_names_the_real_gateway_gets_nothing_and_nor_does_the_real_one() {
    let (real, rogue) = (gateway().await, MockServer::start().await);
    describes(&rogue, &rogue.uri(), &real.uri()).await;
    issues(&rogue).await;
    let desk = Desk::new().keyed(&rogue);
    desk.ask(&rogue, "").quits("it says that its tokens come from elsewhere");
    let challenge = format!(
        "wwwauth[]=Basic realm=\"spanner\", resource_metadata=\"{}/.well-known/oauth-protected-resource\"\n",
        real.uri()
    );
    desk.ask(&rogue, &challenge).quits("is not this gateway");
    assert!(heard(&real).await.is_empty());
    assert_eq!(heard(&rogue).await.len(), 1, "its metadata were asked for once, and nothing was proven");
}

#[tokio::test]
async fn a_host_whose_resource_differs_gets_nothing() {
    for (resource, why) in [
        ("https://agents.example.com", "it says that it is another resource than the one asked"),
        ("", "it says that it is another resource than the one asked"),
    ] {
        let rogue = MockServer::start().await;
        describes(&rogue, resource, &rogue.uri()).await;
        issues(&rogue).await;
        Desk::new().keyed(&rogue).ask(&rogue, "").quits(why);
        assert_eq!(heard(&rogue).await, [(METADATA.to_owned(), String::new())]);
    }
}

#[tokio::test]
async fn what_is_not_a_gateway_at_all_gets_nothing() {
    let place = MockServer::start().await;
    Desk::new().keyed(&place).ask(&place, "").quits("it answers with 404");
    let large = MockServer::start().await;
    metadata_are(&large, ResponseTemplate::new(200).set_body_bytes(vec![b' '; 64 * 1024 + 1])).await;
    Desk::new().keyed(&large).ask(&large, "").quits("it does not describe itself as a gateway does");
    let proxys = "wwwauth[]=Basic realm=\"nginx\"\n";
    Desk::new().keyed(&place).ask(&place, proxys).quits("is not this gateway");
}

#[tokio::test]
async fn what_a_named_place_learns_of_a_job_is_worth_nothing_elsewhere() {
    let (runner, place) = (MockServer::start().await, gateway().await);
    let vouched = ResponseTemplate::new(200).set_body_json(json!({ "value": "vouched" }));
    Mock::given(method("GET")).and(path("/token")).respond_with(vouched).mount(&runner).await;
    let desk = Desk::new().variable("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token", runner.uri()));
    let desk = desk.variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner");
    desk.ask(&place, "").is_nothing();
    assert!(heard(&runner).await.is_empty() && heard(&place).await.is_empty());
    assert!(desk.told(&place.uri()).ask(&place, "").answer.contains("password=gsp_"));
    let asked = &runner.received_requests().await.expect("they are kept")[0];
    let audience = asked.url.query_pairs().find(|(name, _)| name == "audience").expect("one is named").1;
    assert_eq!(audience, place.uri(), "it is for the place it is sent to");
}

#[tokio::test]
async fn a_proof_does_not_travel_readable() {
    let desk = Desk::new().variable("GOGS_SPANNER_URL", "http://agents.example.com");
    let said = desk.run(&["get"], "protocol=http\nhost=agents.example.com\n\n");
    said.quits("the gateway's address must be https; plain http is for this machine only");
}
