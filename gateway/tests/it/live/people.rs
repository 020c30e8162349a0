//! People are not disturbed: what they do at a real Gogs is as it was before a gateway stood beside it.

use aws_lc_rs::hmac;
use gogs_spanner_testkit::{
    Browser, Caller, Colleague, Forge, GogsSetting, Setting, TestGateway, Workspace, eventually,
};
use reqwest::Method;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

use crate::stories;

const SECRET: &str = "between Gogs and the receiver";

/// A gateway that has made its account and its collaborator, and a person who works in the same repository.
async fn beside(setting: &GogsSetting) -> (TestGateway, Colleague) {
    let gateway = TestGateway::before(Forge::live_with(setting).await, Setting::usual()).await;
    let alice = gateway.forge.colleague("alice", "acme/handbook").await;
    let docs = gateway.agent("docs-writer").await;
    docs.get("/api/v1/repos/acme/handbook").await.is(200);
    gateway.person().get("/api/v1/repos/acme/handbook/collaborators/agent-docs-writer").await.is(204);
    (gateway, alice)
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_person_signs_in_and_submits_forms_in_a_real_browser() {
    let (gateway, alice) = beside(&GogsSetting::default()).await;
    let (browser, gogs) = (Browser::start().await, gateway.forge.url());
    browser.open(&format!("{gogs}/user/login")).await;
    browser.fill("#user_name", &alice.name).await;
    browser.fill("#password", &alice.password).await;
    browser.click("form .ui.green.button").await;
    browser.arrives_at(&format!("{gogs}/")).await;
    browser.open(&format!("{gogs}/acme/handbook")).await;
    assert_eq!(browser.value("#repo-clone-url").await, format!("{gogs}/acme/handbook.git"));
    browser.open(&format!("{gogs}/acme/handbook/issues/new")).await;
    browser.fill("input[name=title]", "Seen by a person").await;
    browser.click("form .ui.green.button").await;
    browser.arrives_at(&format!("{gogs}/acme/handbook/issues/1")).await;
    let issue = alice.get("/repos/acme/handbook/issues/1").await.is(200).json();
    assert_eq!((&issue["title"], &issue["user"]["username"]), (&json!("Seen by a person"), &json!("alice")));
    browser.open(&format!("{gogs}/user/settings")).await;
    browser.fill("#full_name", "Alice A.").await;
    browser.click("form .ui.green.button").await;
    eventually("the form is saved", async || alice.get("/users/alice").await.is(200).json()["full_name"] == "Alice A.")
        .await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn people_clone_and_push_with_password_and_with_token_as_before() {
    let (gateway, alice) = beside(&GogsSetting::default()).await;
    let clone_url = &alice.get("/repos/acme/handbook").await.is(200).json()["clone_url"];
    assert_eq!(clone_url, &format!("{}/acme/handbook.git", gateway.forge.url()));
    let workspace = Workspace::new();
    for (remote, branch) in [
        (alice.remote_by_password("acme/handbook"), "by-password"),
        (alice.remote_by_token("acme/handbook"), "by-token"),
    ] {
        let handbook = workspace.clone(&remote).await;
        let commit = handbook.commit(branch, branch).await;
        handbook.push(&[&format!("HEAD:refs/heads/{branch}"), "HEAD:refs/heads/master"]).await.succeeds();
        for name in [branch, "master"] {
            assert_eq!(gateway.forge.tip("acme/handbook", &format!("refs/heads/{name}")).await, commit);
        }
    }
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn webhooks_tell_of_a_persons_push_and_of_an_agents_as_before() {
    let receiver = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&receiver).await;
    let (gateway, alice) = beside(&GogsSetting::default().key("security", "LOCAL_NETWORK_ALLOWLIST", "*")).await;
    let hook = json!({
        "type": "gogs", "events": ["push"], "active": true,
        "config": {"url": receiver.uri(), "content_type": "json", "secret": SECRET},
    });
    gateway.person().send(Method::POST, "/api/v1/repos/acme/handbook/hooks", &hook).await.is(201);
    let (workspace, docs) = (Workspace::new(), gateway.agent("docs-writer").await);
    for (remote, branch) in
        [(alice.remote_by_password("acme/handbook"), "alice"), (docs.remote("acme/handbook"), "docs")]
    {
        let handbook = workspace.clone(&remote).await;
        for text in ["one", "two"] {
            handbook.commit("page", format!("{text} by {branch}")).await;
            handbook.push(&[&format!("HEAD:refs/heads/agents/{branch}")]).await.succeeds();
        }
    }
    eventually("four pushes are told of", async || deliveries(&receiver).await.len() >= 4).await;
    let gogs = gateway.forge.url();
    let told: Vec<Value> = deliveries(&receiver).await.iter().map(signed).collect();
    let pushed =
        |push: &Value| [&push["pusher"]["username"], &push["ref"]].map(|text| text.as_str().map(str::to_owned));
    let [alice, docs] = [("alice", "alice"), ("agent-docs-writer", "docs")]
        .map(|(pusher, branch)| [Some(pusher.to_owned()), Some(format!("refs/heads/agents/{branch}"))]);
    assert_eq!(told.iter().map(pushed).collect::<Vec<_>>(), [alice.clone(), alice, docs.clone(), docs]);
    for push in &told {
        assert_eq!(push["repository"]["clone_url"], format!("{gogs}/acme/handbook.git"));
        assert!(push["commits"][0]["url"].as_str().is_some_and(|url| url.starts_with(gogs)), "{push}");
    }
}

/// The push events that have come, in their order.
async fn deliveries(receiver: &MockServer) -> Vec<Request> {
    let requests = receiver.received_requests().await.unwrap_or_default();
    requests.into_iter().filter(|request| request.headers["x-gogs-event"] == "push").collect()
}

/// The payload, whose signature must be Gogs's.
fn signed(request: &Request) -> Value {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hex::decode(request.headers["x-gogs-signature"].as_bytes()).expect("hexadecimal");
    hmac::verify(&key, &request.body, &signature).expect("a signature of Gogs");
    serde_json::from_slice(&request.body).expect("JSON")
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn a_gateway_that_is_the_only_door_serves_its_agents_as_beside() {
    let only = || GogsSetting::default().external_url(&format!("{}/", gogs_spanner_testkit::AUDIENCE));
    stories::clones_and_pushes(Forge::live_with(&only()).await).await;
    let (gateway, _) = beside(&only()).await;
    let repository = gateway.agent("docs-writer").await.get("/api/v1/repos/acme/handbook").await.is(200).json();
    assert_eq!(repository["clone_url"], format!("{}/acme/handbook.git", gogs_spanner_testkit::AUDIENCE));
}
