//! The pipeline bot of the examples: `sh`, `curl`, `openssl` and `git` against a whole gateway.

pub(crate) mod machine;
mod retries;

use std::{os::unix::fs::PermissionsExt, path::Path};

use gogs_spanner_fakes::issuer::Issuer;
use gogs_spanner_testkit::{AgentKey, Forge, Host, Said, Setting, TestGateway};
use serde_json::json;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, path, query_param},
};

use self::machine::{bare, leftovers, watched, with_file, with_key};

/// What a pipeline bot may do.
pub(crate) const BUILDER: &str = r#"[{ actions = ["contents:read"] },
    { actions = ["ref:create", "ref:update"], refs = ["refs/heads/agents/ci-web/**"] }]"#;
const RUN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ci-bot/run.sh");
const TOKEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/ci-bot/spanner-token.sh");
const BRANCH: &str = "agents/ci-web/build";

/// A gateway that knows `ci-web` by its key and by what an issuer says of a job.
pub(crate) async fn gateway(issuer: &Issuer) -> TestGateway {
    gateway_before(Forge::demonstration().await, issuer).await
}

async fn gateway_before(forge: Forge, issuer: &Issuer) -> TestGateway {
    let setting = Setting::new().agent("ci-web", "acme/web", BUILDER).issuer(issuer.url());
    TestGateway::before(forge, setting.trusted_agent("ci-job", "job-1", "acme/web", BUILDER).reachable()).await
}

pub(crate) async fn issuer() -> Issuer {
    Issuer::start().await.expect("an issuer starts")
}

/// A machine that knows where the gateway is.
fn host(gateway: &TestGateway) -> Host {
    bare().variable("GOGS_SPANNER_URL", gateway.door.url("")).variable("BRANCH", BRANCH)
}

/// Gives it what a platform says of its job.
fn with_assertion(host: Host, assertion: &str) -> Host {
    with_file(host, "GOGS_SPANNER_ASSERTION_FILE", "assertion", assertion)
}

/// Runs the bot in the repository.
async fn run(host: &Host) -> Said {
    host.script(".", &[RUN, "acme/web"]).await
}

async fn tip(gateway: &TestGateway) -> String {
    gateway.forge.tip("acme/web", &format!("refs/heads/{BRANCH}")).await
}

#[tokio::test]
async fn a_bot_with_a_registered_key_pushes_with_curl_openssl_and_git_alone() {
    pushes(Forge::demonstration().await).await;
}

/// The bot does its work.
pub(crate) async fn pushes(forge: Forge) {
    let gateway = gateway_before(forge, &issuer().await).await;
    let host = with_key(host(&gateway), &gateway.key_holder("ci-web").key_pem());
    let said = run(&host).await.succeeds();
    assert_eq!(said.stdout, format!("pushed {BRANCH} to acme/web\n"));
    assert_eq!(said.stderr, "");
    assert_ne!(tip(&gateway).await, "");
    assert!(leftovers(&host).is_empty(), "{:?}", leftovers(&host));
}

#[tokio::test]
async fn a_job_with_an_id_token_runs_the_same_lines() {
    let issuer = issuer().await;
    let gateway = gateway(&issuer).await;
    let job = gateway.oidc_caller(&issuer, "job-1");
    run(&with_assertion(host(&gateway), &format!("{}\n", issuer.issue(&job.claims())))).await.succeeds();
    assert_ne!(tip(&gateway).await, "");
}

#[tokio::test]
async fn a_job_of_github_actions_asks_for_its_id_token_itself() {
    let (issuer, runner) = (issuer().await, MockServer::start().await);
    let gateway = gateway(&issuer).await;
    let job = gateway.oidc_caller(&issuer, "job-1");
    let asked = Mock::given(path("/token")).and(query_param("audience", gateway.door.url("")));
    let vouched = ResponseTemplate::new(200).set_body_json(json!({ "count": 1, "value": issuer.issue(&job.claims()) }));
    asked.and(header("authorization", "bearer of-the-runner")).respond_with(vouched).mount(&runner).await;
    let host = host(&gateway)
        .variable("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token?api-version=2.0", runner.uri()))
        .variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-runner");
    run(&host).await.succeeds();
    assert_ne!(tip(&gateway).await, "");
}

#[tokio::test]
async fn the_same_lines_run_with_the_binary() {
    let issuer = issuer().await;
    let gateway = gateway(&issuer).await;
    let get = format!("{} token get", env!("CARGO_BIN_EXE_spanner"));
    let holder = with_key(host(&gateway), &gateway.key_holder("ci-web").key_pem());
    run(&holder.variable("GET_TOKEN", &get)).await.succeeds();
    let job = gateway.oidc_caller(&issuer, "job-1");
    let job = with_assertion(host(&gateway), &issuer.issue(&job.claims())).variable("BRANCH", "agents/ci-web/job");
    run(&job.variable("GET_TOKEN", &get)).await.succeeds();
    assert_ne!(gateway.forge.tip("acme/web", "refs/heads/agents/ci-web/job").await, "");
}

#[tokio::test]
async fn a_wrong_key_is_told_why_and_what_to_do_and_ends_with_one() {
    let gateway = gateway(&issuer().await).await;
    let said = run(&with_key(host(&gateway), &AgentKey::generate().private_pem())).await;
    assert_eq!(said.code, 1);
    said.says("error: the proof of identity is not accepted (assertion-not-accepted)").says("hint: check its issuer");
    assert!(gateway.forge.forwarded().is_empty());
}

#[tokio::test]
async fn an_assertion_that_has_expired_is_told_so_and_ends_with_one() {
    let issuer = issuer().await;
    let gateway = gateway(&issuer).await;
    let mut claims = gateway.oidc_caller(&issuer, "job-1").claims();
    for claim in ["iat", "nbf", "exp"] {
        claims[claim] = json!(claims[claim].as_i64().expect("a time") - 3600);
    }
    let said = run(&with_assertion(host(&gateway), &issuer.issue(&claims))).await;
    assert_eq!(said.code, 1);
    said.says("(assertion-not-accepted)").says("hint: ");
}

#[tokio::test]
async fn a_push_that_is_refused_shows_reason_and_hint_and_ends_with_one() {
    let gateway = gateway(&issuer().await).await;
    let host = with_key(host(&gateway), &gateway.key_holder("ci-web").key_pem());
    let before = gateway.forge.tip("acme/web", "refs/heads/master").await;
    let said = run(&host.variable("BRANCH", "master")).await;
    assert_eq!(said.code, 1);
    said.says("remote: spanner: no right to `ref:update` on `refs/heads/master`").says("(not-granted)").says("hint: ");
    assert_eq!(gateway.forge.tip("acme/web", "refs/heads/master").await, before);
}

#[tokio::test]
async fn what_is_set_wrongly_is_named_and_ends_with_two() {
    let nobody = || bare().variable("GOGS_SPANNER_URL", "https://agents.example.com");
    let key = || with_key(nobody(), "-----BEGIN PRIVATE KEY-----");
    for (host, complaint) in [
        (bare(), "nothing says where the gateway is"),
        (nobody(), "no proof at hand"),
        (nobody().variable("GOGS_SPANNER_URL", "http://agents.example.com"), "GOGS_SPANNER_URL is not https"),
        (nobody().variable("GOGS_SPANNER_URL", "https://agents.example.com/x"), "more than scheme, host and port"),
        (nobody().variable("GOGS_SPANNER_URL", "https://a\"b"), "more than scheme, host and port"),
        (nobody().variable("GOGS_SPANNER_ASSERTION_FILE", "/no/such/file"), "/no/such/file cannot be read"),
        (key().variable("GOGS_SPANNER_AGENT", ""), "a key does not say whose it is"),
        (key().variable("GOGS_SPANNER_AGENT", "ci\",\"x"), "not the name of an agent"),
        (with_assertion(key(), "x"), "GOGS_SPANNER_KEY_FILE and GOGS_SPANNER_ASSERTION_FILE disagree"),
    ] {
        let said = host.script(".", &[TOKEN]).await;
        assert_eq!(said.code, 2, "{complaint}: {}", said.stderr);
        said.says(complaint).says("hint: ");
    }
    let said = key().script(".", &[TOKEN]).await;
    assert_eq!(said.code, 1);
    said.says("ci-web.key does not sign").says("openssl genpkey -algorithm ed25519");
}

#[tokio::test]
async fn no_secret_stands_on_a_command_line() {
    let issuer = issuer().await;
    let gateway = gateway(&issuer).await;
    let assertion = issuer.issue(&gateway.oidc_caller(&issuer, "job-1").claims());
    let key = gateway.key_holder("ci-web").key_pem();
    for host in [with_key(host(&gateway), &key), with_assertion(host(&gateway), &assertion)] {
        let host = watched(host, &["cat", "curl", "env", "git", "openssl", "sed", "tr"]);
        let host = host.variable("BRANCH", format!("agents/ci-web/{}", uuid::Uuid::new_v4()));
        run(&host).await.succeeds();
        let calls = host.read("calls");
        assert!(calls.contains("curl ") && calls.contains("git "), "{calls}");
        for secret in ["gsp_", "eyJ", key.lines().nth(1).expect("a key")] {
            assert!(!calls.contains(secret), "{secret} in:\n{calls}");
        }
    }
}

#[tokio::test]
async fn git_asks_the_script_as_its_credential_helper() {
    let gateway = gateway(&issuer().await).await;
    let host = with_key(host(&gateway), &gateway.key_holder("ci-web").key_pem());
    let get = async |protocol: &str, asked: &str| {
        host.shell(&format!("printf 'protocol={protocol}\\nhost={asked}\\n\\n' | sh {TOKEN} get")).await.succeeds()
    };
    let address = gateway.door.address.to_string();
    for (protocol, other) in [("http", "evil.example"), ("https", address.as_str()), ("http", "127.0.0.1"), ("", "")] {
        assert_eq!(get(protocol, other).await.stdout, "", "{protocol}://{other} gets nothing");
    }
    let said = get("http", &address).await;
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert!(lines[0] == "username=spanner" && lines[1].starts_with("password=gsp_"), "{lines:?}");
    assert!(lines[2].starts_with("password_expiry_utc=") && lines.len() == 3, "{lines:?}");
    for word in ["store", "erase"] {
        assert_eq!(host.script(".", &[TOKEN, word]).await.succeeds().stdout, "");
    }
}

#[tokio::test]
async fn the_example_runs_alone() {
    let host = bare().variable("SPANNER", env!("CARGO_BIN_EXE_spanner"));
    let said = host.script(".", &[RUN]).await.succeeds();
    let pushed = ["agents/docs/by-key", "agents/docs/by-id-token"];
    assert_eq!(said.stdout, pushed.map(|branch| format!("pushed {branch} to acme/handbook\n")).concat());
    assert!(leftovers(&host).is_empty(), "{:?}", leftovers(&host));
}

#[tokio::test]
async fn every_script_of_the_examples_is_one_for_any_shell() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    for script in ["ci-bot/run.sh", "ci-bot/spanner-token.sh", "pipelines/nightly.sh"] {
        let script = examples.join(script);
        let mode = script.metadata().expect("the script").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{} can be started", script.display());
        let said = bare().script(".", &["-c", "shellcheck --shell=sh \"$0\"", &script.to_string_lossy()]).await;
        assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    }
}
