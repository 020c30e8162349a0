//! The pipelines of the examples: read as their systems read them, and their steps run with what each system promises a
//! job, against a whole gateway.

mod steps;

use std::{fs, path::Path};

use gogs_spanner_fakes::issuer::Issuer;
use gogs_spanner_testkit::{Host, TestGateway, Workspace};
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::query_param};

use self::steps::Job;
use crate::ci_bot::{
    self,
    machine::{bare, leftovers, with_file},
};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

/// What helps git to a token: the script the pipelines show, or the binary in its place.
#[derive(Clone, Copy)]
enum Helper {
    Script,
    Binary,
}

/// A pipeline of the examples, made for this gateway.
fn pipeline(name: &str, gateway: &TestGateway, helper: Helper) -> String {
    let text = fs::read_to_string(Path::new(EXAMPLES).join("pipelines").join(name)).expect("a pipeline");
    let text = text.replace("https://agents.example.com", &gateway.door.url(""));
    match helper {
        Helper::Script => text,
        Helper::Binary => with_binary(&text),
    }
}

/// As the README of the pipelines says: the helper is a line of the binary.
fn with_binary(text: &str) -> String {
    let helper =
        format!(r#"!f() {{ test "$1" = get && {} token get --format git; }}; f"#, env!("CARGO_BIN_EXE_spanner"));
    let lines = text.lines().map(|line| match line.split_once("GIT_CONFIG_VALUE_0=") {
        Some((before, _)) => format!("{before}GIT_CONFIG_VALUE_0='{helper}'"),
        None => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

/// A checkout of the repository with the script in it, as a CI system has it before the first step.
async fn checkout(gateway: &TestGateway, host: &Host) {
    let workspace = Workspace::new();
    let clone = workspace.clone(&gateway.person().remote("acme/web")).await;
    host.shell(&format!("cp -R '{}' workspace", clone.path().display())).await.succeeds();
    let script = fs::read_to_string(format!("{EXAMPLES}/ci-bot/spanner-token.sh")).expect("a script");
    host.write("workspace/ci/spanner-token.sh", &script, 0o700);
}

/// Runs the steps of a job, and looks for the branch with that number at the forge.
async fn build(gateway: &TestGateway, job: &Job, host: Host, number: &str) {
    checkout(gateway, &host).await;
    let workspace = host.path("workspace");
    let places = ["CI_WORKSPACE", "CI_PROJECT_DIR", "GITHUB_WORKSPACE"];
    let host = places.into_iter().fold(host, |host, place| host.variable(place, &workspace));
    let host = job.environment.iter().fold(host, |host, (name, value)| host.variable(name, value));
    let said = host.script("workspace", &[job.options, "-c", &job.script]).await;
    assert_eq!(said.code, 0, "{}:\n{}{}", job.name, said.stdout, said.stderr);
    let branch = format!("refs/heads/agents/ci-web/{number}");
    assert_ne!(gateway.forge.tip("acme/web", &branch).await, "", "{}", job.name);
    assert!(!said.stdout.contains("gsp_") && !said.stderr.contains("gsp_"), "{}: {}", job.name, said.stderr);
}

/// The systems a key is the proof of: each with its secret and its variables, as it documents them.
fn key_systems(key: &str) -> Vec<(&'static str, Host)> {
    vec![
        ("Jenkinsfile", with_file(bare(), "GOGS_SPANNER_KEY_FILE", "secret-file", key)),
        ("drone.yml", bare().variable("DRONE_REPO", "acme/web")),
        ("woodpecker-0.15.yml", bare().variable("CI_REPO", "acme/web")),
        ("woodpecker.yml", bare()),
    ]
}

/// What each system calls the number of a run.
fn numbered(host: Host, number: &str) -> Host {
    let names = ["BUILD_NUMBER", "DRONE_BUILD_NUMBER", "CI_BUILD_NUMBER", "CI_PIPELINE_NUMBER", "CI_PIPELINE_IID"];
    names.into_iter().chain(["GITHUB_RUN_NUMBER"]).fold(host, |host, name| host.variable(name, number))
}

#[tokio::test]
async fn the_pipelines_of_systems_without_id_tokens_push_with_a_registered_key() {
    let gateway = ci_bot::gateway(&ci_bot::issuer().await).await;
    let key = gateway.key_holder("ci-web").key_pem();
    for (at, helper) in [Helper::Script, Helper::Binary].into_iter().enumerate() {
        for (place, (name, host)) in key_systems(&key).into_iter().enumerate() {
            let number = format!("{}{place}", at + 1);
            let job = Job::of(name, &pipeline(name, &gateway, helper), &key);
            build(&gateway, &job, numbered(host, &number), &number).await;
        }
    }
}

/// A host in a job some system vouches for.
async fn vouched_for(name: &str, issuer: &Issuer, gateway: &TestGateway) -> (Host, Option<MockServer>) {
    let assertion = issuer.issue(&gateway.oidc_caller(issuer, "job-1").claims());
    if name == "gitlab-ci.yml" {
        return (bare().variable("SPANNER_ID_TOKEN", assertion), None);
    }
    let runner = MockServer::start().await;
    let vouched = ResponseTemplate::new(200).set_body_json(json!({ "count": 1, "value": assertion }));
    Mock::given(query_param("audience", gateway.door.url(""))).respond_with(vouched).mount(&runner).await;
    let host = bare().variable("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/?api-version=2.0", runner.uri()));
    (host.variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-runner"), Some(runner))
}

#[tokio::test]
async fn the_pipelines_of_systems_with_id_tokens_need_no_secret() {
    let issuer = ci_bot::issuer().await;
    let gateway = ci_bot::gateway(&issuer).await;
    for (at, helper) in [Helper::Script, Helper::Binary].into_iter().enumerate() {
        for (place, name) in ["gitlab-ci.yml", "github-actions.yml"].into_iter().enumerate() {
            let number = format!("{}{place}", at + 1);
            let (host, _runner) = vouched_for(name, &issuer, &gateway).await;
            let job = Job::of(name, &pipeline(name, &gateway, helper), "");
            build(&gateway, &job, numbered(host, &number), &number).await;
        }
    }
}

#[tokio::test]
async fn the_crontab_starts_the_nightly_script_with_what_it_says() {
    let gateway = ci_bot::gateway(&ci_bot::issuer().await).await;
    let host = bare();
    host.write("ci-web.key", &gateway.key_holder("ci-web").key_pem(), 0o600);
    for (from, to) in [("pipelines/nightly.sh", "ci/nightly.sh"), ("ci-bot/spanner-token.sh", "ci/spanner-token.sh")] {
        host.write(to, &fs::read_to_string(Path::new(EXAMPLES).join(from)).expect("a script"), 0o700);
    }
    let table = pipeline("crontab", &gateway, Helper::Script);
    let table = table.replace("/home/ci-web/ci-web.key", &host.path("ci-web.key").to_string_lossy());
    let job = Job::of_crontab(&table);
    let host = job.environment.iter().fold(host, |host, (name, value)| host.variable(name, value));
    let said = host.script(".", &["-c", &job.script]).await.succeeds();
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", ""), "cron sends mail of whatever is printed");
    let pushed = gateway.forge.forwarded().into_iter().filter(|arrival| arrival.target.ends_with("/git-receive-pack"));
    assert_eq!(pushed.count(), 1);
    assert!(leftovers(&host).is_empty(), "{:?}", leftovers(&host));
}
