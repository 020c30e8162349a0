//! How a token may be presented, and what nobody gets to hear.

use base64::{Engine, engine::general_purpose::STANDARD};
use gogs_spanner_testkit::{Answer, Caller, Presentation, Remote, TestGateway, Workspace};
use reqwest::{Method, header};

const REFS: &str = "/acme/handbook.git/info/refs?service=git-upload-pack";

#[tokio::test]
async fn git_may_present_the_token_in_every_way_people_do() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    for how in [Presentation::Bearer, Presentation::Password, Presentation::PasswordInUrl, Presentation::UserNameInUrl]
    {
        let said = Workspace::new().list(&docs.remote_by("acme/handbook", how)).await;
        assert_eq!(said.code, 0, "{how:?}: {}", said.stderr);
    }
}

#[tokio::test]
async fn the_api_takes_bearer_and_token() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    for scheme in ["Bearer", "bearer", "token"] {
        let request = docs.door().request(Method::GET, "/api/v1/repos/acme/handbook");
        let sent = request.header("authorization", format!("{scheme} {}", docs.token())).send().await;
        assert_eq!(sent.expect("an answer").status(), 200, "{scheme}");
    }
}

#[tokio::test]
async fn without_a_credential_git_is_challenged_once_and_told_what_to_do() {
    let gateway = TestGateway::start().await;
    let answer = gateway.nobody().get(REFS).await.is(401);
    let challenges: Vec<_> = answer.headers.get_all(header::WWW_AUTHENTICATE).iter().collect();
    assert_eq!(challenges.len(), 1);
    assert!(answer.header(&header::WWW_AUTHENTICATE).expect("a challenge").starts_with("Basic realm=\"spanner\""));
    assert!(answer.text.contains("credential-missing"), "{}", answer.text);
    Workspace::new().list(&gateway.nobody().remote("acme/handbook")).await.fails();
    gateway.nobody().get("/api/v1/repos/acme/handbook").await.is(401).is_refused("credential-missing");
    assert!(gateway.forge.arrivals().is_empty());
}

#[tokio::test]
async fn a_repository_that_does_not_exist_reads_like_one_that_is_not_granted() {
    let gateway = TestGateway::start().await;
    gateway.forge.create_private_repository("acme/secret").await;
    let docs = gateway.agent("docs-writer").await;
    let of = async |name: &str| {
        let answer = docs.get(&format!("/api/v1/repos/acme/{name}")).await;
        let document = answer.json();
        let id = document["request_id"].as_str().expect("an id").to_owned();
        (answer.status, document.to_string().replace(&id, "ID").replace(name, "NAME"))
    };
    assert_eq!(of("secret").await, of("absent").await);
    assert!(gateway.forge.forwarded().is_empty());
}

#[tokio::test]
async fn two_tokens_in_one_credential_are_one_too_many() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let both = Remote::basic(&docs.door().url(""), "acme/handbook", docs.token(), docs.token());
    Workspace::new().list(&both).await.fails();
    assert!(gateway.forge.forwarded().is_empty());
}

#[tokio::test]
async fn a_credential_the_forge_itself_takes_is_worth_nothing_here() {
    let gateway = TestGateway::start().await;
    let admin = gateway.forge.admin_token().to_owned();
    for (login, password) in [("-", admin.as_str()), (admin.as_str(), "x")] {
        let pair = STANDARD.encode(format!("{login}:{password}"));
        let request = gateway.door.request(Method::GET, REFS).header("authorization", format!("Basic {pair}"));
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 401);
    }
    let request = gateway.door.request(Method::GET, "/api/v1/repos/acme/handbook");
    let sent = request.header("authorization", format!("token {admin}")).send().await.expect("an answer");
    assert_eq!(sent.status(), 401);
    assert!(gateway.forge.arrivals().is_empty());
}

#[tokio::test]
async fn the_probe_is_answered_alike_for_every_repository_and_never_forwarded() {
    let gateway = TestGateway::start().await;
    let probe = async |repository: &str| {
        let request = gateway.door.request(Method::POST, &format!("/{repository}.git/git-receive-pack"));
        let request = request.header("content-type", "application/x-git-receive-pack-request").body("0000");
        let answer = request.send().await.expect("an answer");
        let kind = answer.headers().get("content-type").cloned();
        (answer.status(), kind, answer.bytes().await.expect("a body").len())
    };
    let known = probe("acme/handbook").await;
    assert_eq!(known, probe("no/where").await);
    assert_eq!((known.0.as_u16(), known.2), (200, 0));
    assert!(gateway.forge.arrivals().is_empty());
}

#[tokio::test]
async fn every_answer_of_the_api_to_a_bad_token_costs_a_challenge() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let answer: Answer = docs.with_token("gsp_nonsense").get("/api/v1/repos/acme/handbook").await.is(401);
    assert!(answer.header(&header::WWW_AUTHENTICATE).is_some_and(|value| value.starts_with("Bearer")));
}
