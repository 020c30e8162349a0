//! When something the gateway stands on is gone: a clear no within two seconds, and recovery by itself.

use std::time::{Duration, Instant};

use gogs_spanner_fakes::forge::Trouble;
use gogs_spanner_testkit::{Agent, Answer, Caller, Setting, TestGateway, Workspace, eventually};
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection, Executor, SqliteConnection};

const REPOSITORY: &str = "/api/v1/repos/acme/handbook";
/// Two seconds, and a little for a machine with other things to do.
const AT_ONCE: Duration = Duration::from_millis(2600);

async fn within_two_seconds(answer: impl Future<Output = Answer>) -> Answer {
    let asked = Instant::now();
    let answer = answer.await;
    assert!(asked.elapsed() < AT_ONCE, "it took {:?}", asked.elapsed());
    answer
}

async fn opens_an_issue(agent: &Agent) -> Answer {
    agent.send(Method::POST, &format!("{REPOSITORY}/issues"), &json!({"title": "t"})).await
}

#[tokio::test]
async fn a_forge_that_is_down_is_said_to_be_so_and_found_again() {
    let gateway = TestGateway::with(Setting::usual().relayed()).await;
    let docs = gateway.agent("docs-writer").await;
    docs.get(REPOSITORY).await.is(200);
    let relay = gateway.relay.as_ref().expect("a relay");
    relay.cut().await;
    let answer = within_two_seconds(docs.get(REPOSITORY)).await.is(503).is_refused("upstream-unavailable");
    assert!(answer.headers.contains_key("retry-after"));
    Workspace::new().list(&docs.remote("acme/handbook")).await.fails().says("upstream-unavailable");
    relay.mend().await.expect("the address is free again");
    eventually("the gateway finds the forge again", async || docs.get(REPOSITORY).await.status == 200).await;
}

#[tokio::test]
async fn a_forge_that_is_down_at_the_first_use_is_found_later() {
    let gateway = TestGateway::with(Setting::usual().relayed()).await;
    let relay = gateway.relay.as_ref().expect("a relay");
    relay.cut().await;
    let docs = gateway.agent("docs-writer").await;
    within_two_seconds(docs.get(REPOSITORY)).await.is(503).is_refused("upstream-unavailable");
    relay.mend().await.expect("the address is free again");
    eventually("the account is made", async || docs.get(REPOSITORY).await.status == 200).await;
    let trail = gateway.trail().await;
    let failed = trail.iter().find(|line| line.reason.as_deref() == Some("upstream-unavailable")).expect("a record");
    assert_eq!((failed.repository.as_str(), failed.action.as_str()), ("acme/handbook", "repository:read"));
}

#[tokio::test]
async fn a_forge_that_hangs_at_the_first_use_is_not_waited_for() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    gateway.forge.stand_in().pause();
    within_two_seconds(docs.get(REPOSITORY)).await.is(503).is_refused("upstream-unavailable");
    gateway.forge.stand_in().resume();
    eventually("the account is made", async || docs.get(REPOSITORY).await.status == 200).await;
}

#[tokio::test]
async fn what_an_ill_forge_prints_is_its_own_and_no_decision() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get(REPOSITORY).await.is(200);
    for trouble in [Trouble::Unavailable, Trouble::Panicking] {
        gateway.forge.stand_in().trouble(trouble);
        let answer = docs.get(REPOSITORY).await;
        assert!(answer.status.is_server_error(), "{}", answer.status);
    }
    gateway.forge.stand_in().resume();
    docs.get(REPOSITORY).await.is(200);
}

#[tokio::test]
async fn while_the_journal_cannot_be_written_nothing_is_done() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    opens_an_issue(&docs).await.is(201);
    let url = format!("sqlite://{}", gateway.database().display());
    let mut other = SqliteConnection::connect(&url).await.expect("the file can be opened");
    other.execute("BEGIN IMMEDIATE").await.expect("the file can be locked");
    gateway.forge.stand_in().recorder().clear();
    within_two_seconds(opens_an_issue(&docs)).await.is(503).is_refused("journal-unavailable");
    let holder = gateway.key_holder("docs-writer");
    let proof = holder.sign(&holder.claims());
    let answer = within_two_seconds(holder.ask(&proof, &[])).await.is(503);
    assert!(answer.json()["access_token"].is_null());
    let listed = Workspace::new().try_clone(&docs.remote("acme/handbook")).await.fails();
    listed.says("journal-unavailable");
    assert!(gateway.forge.forwarded().iter().all(|arrival| arrival.method == Method::GET));
    other.execute("ROLLBACK").await.expect("the lock can be let go of");
    eventually("the journal is written again", async || opens_an_issue(&docs).await.status == 201).await;
    assert!(!holder.ask(&proof, &[]).await.status.is_server_error());
}

#[tokio::test]
async fn while_the_store_is_locked_a_revocation_is_not_acknowledged() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let url = format!("sqlite://{}", gateway.database().display());
    let mut other = SqliteConnection::connect(&url).await.expect("the file can be opened");
    other.execute("BEGIN IMMEDIATE").await.expect("the file can be locked");
    let answer = within_two_seconds(gateway.nobody().revoke(&docs)).await;
    assert_eq!(answer.status, 503);
    other.execute("ROLLBACK").await.expect("the lock can be let go of");
    eventually("the revocation is kept", async || gateway.nobody().revoke(&docs).await.status == 200).await;
    docs.get(REPOSITORY).await.is(401).is_refused("token-revoked");
}
