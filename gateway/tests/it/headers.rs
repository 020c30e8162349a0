//! What travels with a request and its answer, and what stays behind.

use base64::{Engine, engine::general_purpose::STANDARD};
use gogs_spanner_fakes::forge::Credentials;
use gogs_spanner_testkit::{Caller, TestGateway, Workspace};
use reqwest::{Method, header};

#[tokio::test]
async fn whatever_else_a_caller_says_of_itself_stays_behind() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let told = [
        ("cookie", "i_like_gogs=1; gogs_incredible=x"),
        ("x-webauth-user", "root1"),
        ("X-WebAuth_User", "root1"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-forwarded-host", "other.example"),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "10.0.0.1"),
        ("forwarded", "for=10.0.0.1"),
        ("x-http-method-override", "DELETE"),
        ("x-original-url", "/api/v1/admin/users"),
        ("proxy-authorization", "Basic eDp4"),
        ("origin", "http://other.example"),
        ("referer", "http://other.example/"),
        ("te", "trailers"),
    ];
    for path in ["/api/v1/repos/acme/handbook", "/acme/handbook.git/info/refs?service=git-upload-pack"] {
        let request =
            told.iter().fold(docs.request(Method::GET, path), |request, (name, value)| request.header(*name, *value));
        assert_eq!(request.send().await.expect("an answer").status(), 200);
        let arrival = gateway.forge.forwarded().pop().expect("it was forwarded");
        for (name, _) in told {
            assert!(!arrival.headers.contains_key(name), "{name} went through on {path}");
        }
        assert_eq!(arrival.headers.get_all(header::AUTHORIZATION).iter().count(), 1);
        let sent = format!("{:?}", arrival.headers);
        assert!(!sent.contains("gsp_"), "{sent}");
    }
}

#[tokio::test]
async fn no_header_can_be_nominated_away() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let request = docs.request(Method::GET, "/api/v1/repos/acme/handbook");
    let request = request.header("connection", "authorization, host, accept");
    assert_eq!(request.send().await.expect("an answer").status(), 200);
    let arrival = gateway.forge.forwarded().pop().expect("it was forwarded");
    assert_eq!(arrival.credentials.account(), Some("agent-docs-writer"));
}

#[tokio::test]
async fn the_forges_cookies_and_challenges_never_come_back() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    for path in [
        "/api/v1/repos/acme/handbook",
        "/api/v1/repos/acme/handbook/contents/absent",
        "/acme/handbook.git/info/refs?service=git-upload-pack",
    ] {
        let answer = docs.get(path).await;
        assert!(gateway.forge.forwarded().pop().expect("forwarded").answer.contains_key(header::SET_COOKIE), "{path}");
        for name in [header::SET_COOKIE, header::WWW_AUTHENTICATE, header::LOCATION, header::SERVER] {
            assert!(!answer.headers.contains_key(&name), "{name} came back on {path}");
        }
        assert_eq!(answer.header(&header::X_CONTENT_TYPE_OPTIONS), Some("nosniff"));
    }
}

#[tokio::test]
async fn the_forge_sees_the_agents_own_credential_and_the_admins_only_for_accounts_and_collaborators() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    handbook.commit("page", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/x"]).await.succeeds();
    handbook.commit("page", "two").await;
    handbook.push(&["HEAD:refs/heads/agents/x"]).await.succeeds();
    docs.get("/api/v1/repos/acme/handbook/issues").await.is(200);
    let own = "agent-docs-writer";
    for arrival in gateway.forge.arrivals() {
        let target = arrival.target.as_str();
        match &arrival.credentials {
            credentials if credentials.are_admins() => assert!(
                target.starts_with("/api/v1/admin/users")
                    || target.starts_with("/api/v1/users/agent-docs-writer")
                    || target.contains("/collaborators/agent-docs-writer")
                    || (arrival.method == "GET" && target == "/api/v1/repos/acme/handbook"),
                "the admin token travelled with {target}"
            ),
            Credentials::Token { account, .. } => assert_eq!(account, own, "{target}"),
            Credentials::Password { account, .. } => {
                assert_eq!((account.as_str(), target), (own, "/api/v1/users/agent-docs-writer/tokens"));
            }
            other => panic!("{target} came with {other:?}"),
        }
    }
}

#[tokio::test]
async fn git_and_api_requests_are_forwarded_in_the_forms_the_forge_takes_at_least_cost() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    docs.get("/api/v1/repos/acme/handbook").await.is(200);
    Workspace::new().list(&docs.remote("acme/handbook")).await.succeeds();
    let arrivals = gateway.forge.forwarded();
    let of = |start: &str| {
        let arrival = arrivals.iter().find(|arrival| arrival.target.starts_with(start)).expect("it was forwarded");
        arrival.headers[header::AUTHORIZATION].to_str().expect("text").to_owned()
    };
    assert!(of("/api/v1/repos/").starts_with("token "));
    let basic = of("/acme/handbook.git/");
    let pair = STANDARD.decode(basic.strip_prefix("Basic ").expect("Basic")).expect("base64");
    // Gogs looks the user name up first, and `-`, which is reserved, costs nothing.
    assert!(pair.starts_with(b"-:"));
}
