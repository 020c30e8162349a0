//! Stopping: what is under way finishes, and nothing new begins.

use gogs_spanner::journal::Outcome;
use gogs_spanner_testkit::{Caller, TestGateway, Workspace, eventually};

#[tokio::test]
async fn a_push_that_is_under_way_finishes_and_its_outcome_is_written() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    handbook.commit("page", "one").await;
    let forge = gateway.forge.stand_in();
    let request = docs.request(reqwest::Method::GET, "/acme/handbook.git/info/refs?service=git-upload-pack");
    forge.recorder().clear();
    forge.pause();
    let stopping = async {
        eventually("the request reached the forge", async || !forge.recorder().arrivals().is_empty()).await;
        gateway.ask_to_stop();
        eventually("nobody is let in any more", async || {
            tokio::net::TcpStream::connect(gateway.door.address).await.is_err()
        })
        .await;
        forge.resume();
    };
    let (answer, ()) = tokio::join!(request.send(), stopping);
    assert_eq!(answer.expect("an answer").status(), 200);
    let trail = gateway.trail().await;
    assert!(trail.iter().all(|line| line.outcome == Outcome::Permit), "{trail:#?}");
}

#[tokio::test]
async fn an_idle_gateway_stops_at_once_and_starts_again_over_what_it_kept() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let gateway = gateway.restart().await;
    docs.at(&gateway.door).get("/api/v1/repos/acme/handbook").await.is(200);
    let gateway = gateway.restart().await;
    docs.at(&gateway.door).get("/api/v1/repos/acme/handbook").await.is(200);
    let accounts = gateway.forge.stand_in().tokens_of("agent-docs-writer");
    assert_eq!(accounts.len(), 1, "the account it had made is used again");
}
