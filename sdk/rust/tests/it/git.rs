//! The environment real git is given.

use std::process::{Command, Output, Stdio};

use gogs_spanner_sdk::Variables;

use crate::scene::{Scene, granted, text};

/// Asks git for the credential of a URL, as it would on a 401.
#[expect(clippy::disallowed_methods, reason = "a test is the agent that runs git")]
fn asked(variables: &Variables, url: &str) -> Output {
    let (protocol, host) = url.split_once("://").unwrap();
    let mut git = Command::new("git");
    git.args(["credential", "fill"]).env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", "/nonexistent").envs(variables.iter().cloned());
    let mut git = git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let asked = format!("protocol={protocol}\nhost={host}\n\n");
    std::io::Write::write_all(&mut git.stdin.take().unwrap(), asked.as_bytes()).unwrap();
    git.wait_with_output().unwrap()
}

#[tokio::test]
async fn git_gets_the_token_for_its_gateway_and_for_no_other_place() {
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    let variables = scene.session().await.client().git().await.unwrap();
    let here = asked(&variables, &scene.gateway.uri());
    assert!(String::from_utf8_lossy(&here.stdout).contains(&format!("password={}\n", text(b"one"))), "{here:?}");
    let there = asked(&variables, "https://elsewhere.example");
    assert!(!there.status.success() && there.stdout.is_empty(), "{there:?}");
}
