//! Proofs that a platform gives: the line says nothing but the gateway.

use gogs_spanner::clock::{Clock, SystemClock};
use gogs_spanner_fakes::issuer::Issuer;
use gogs_spanner_testkit::{Setting, TestGateway, WRITER};
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, query_param},
};

use super::Machine;

async fn gateway(issuer: &Issuer) -> TestGateway {
    let setting = Setting::new().issuer(issuer.url()).trusted_agent("ci-web", "job-1", "acme/web", WRITER).reachable();
    TestGateway::with(setting).await
}

fn proof(issuer: &Issuer, audience: &str) -> String {
    issuer.issue(&issuer.claims("job-1", audience, SystemClock.now()))
}

#[tokio::test]
async fn a_job_of_github_actions_needs_the_line_alone() {
    let issuer = Issuer::start().await.expect("an issuer");
    let gateway = gateway(&issuer).await;
    let url = gateway.door.url("");
    let runner = MockServer::start().await;
    let vouched = ResponseTemplate::new(200).set_body_json(json!({ "value": proof(&issuer, &url) }));
    let asked =
        Mock::given(method("GET")).and(query_param("audience", &url)).and(header("authorization", "bearer runner"));
    asked.respond_with(vouched).mount(&runner).await;
    let machine = Machine::new()
        .variable("ACTIONS_ID_TOKEN_REQUEST_URL", &format!("{}/token?v=2", runner.uri()))
        .variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "runner");
    let machine = machine.told(&url, "spanner").await;
    machine.shell(&format!("git clone -q {url}/acme/web.git")).await.succeeds();
}

#[tokio::test]
async fn a_file_is_sent_where_it_says_it_belongs_and_nowhere_else() {
    let issuer = Issuer::start().await.expect("an issuer");
    let gateway = gateway(&issuer).await;
    let url = gateway.door.url("");
    let machine = Machine::new();
    let file = machine.path("proof");
    let machine = machine.variable("GOGS_SPANNER_ASSERTION_FILE", &file).told(&url, "spanner").await;
    let clone = format!("git clone -q {url}/acme/web.git");
    machine.write("proof", &proof(&issuer, "https://elsewhere.example"));
    let refused = machine.shell(&clone).await.fails();
    refused.says(&format!("the assertion in {file} does not name {url} as its audience"));
    assert!(gateway.forge.arrivals().is_empty());
    machine.write("proof", &proof(&issuer, &url));
    machine.shell(&clone).await.succeeds();
}
