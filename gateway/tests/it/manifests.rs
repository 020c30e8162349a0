//! The manifests of the examples: what is in them is read as the gateway and the SDKs read it.

use std::{fs, path::Path};

use clap::Parser;
use gogs_spanner::cli::{self, Cli};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");

fn example(name: &str) -> String {
    fs::read_to_string(Path::new(EXAMPLES).join(name)).expect("an example")
}

/// What `spanner config check` makes of it, with its one secret where a test may put it.
async fn is_good(name: &str, secret: &str) {
    let place = tempfile::tempdir().expect("a directory");
    let token = place.path().join("gogs-admin-token");
    fs::write(&token, "0".repeat(40)).expect("the disk has room");
    let text = example(name);
    assert!(text.contains(secret), "the secret is mounted where the configuration looks for it");
    let config = place.path().join("spanner.toml");
    fs::write(&config, text.replace(secret, token.to_str().expect("a path of ours"))).expect("the disk has room");
    let words = ["spanner", "config", "check", "--config", config.to_str().expect("a path of ours")];
    let said = cli::run(Cli::try_parse_from(words).expect("a command")).await;
    assert_eq!(format!("{said:?}"), format!("{:?}", std::process::ExitCode::SUCCESS), "{name}");
}

#[tokio::test]
async fn the_gateway_beside_gogs_in_compose_has_a_good_configuration() {
    is_good("compose/config/spanner.toml", "/run/secrets/gogs-admin-token").await;
    let compose = example("compose/compose.yaml");
    assert!(compose.contains("- ./config:/etc/spanner\n"), "it is mounted where the image looks for it");
    assert!(example("compose/Dockerfile").contains("--config\", \"/etc/spanner/spanner.toml"));
}

#[tokio::test]
async fn the_gateway_in_a_cluster_has_a_good_configuration() {
    is_good("kubernetes/spanner.toml", "/run/secrets/gogs/token").await;
    let gateway = example("kubernetes/gateway.yaml");
    assert!(gateway.contains("{ name: gogs, mountPath: /run/secrets/gogs }"));
    assert!(gateway.contains("{ name: config, mountPath: /etc/spanner }"));
}

#[test]
fn the_agent_in_a_cluster_proves_itself_to_that_gateway_where_every_sdk_looks() {
    let (agent, config) = (example("kubernetes/agent.yaml"), example("kubernetes/spanner.toml"));
    assert!(agent.contains("mountPath: /var/run/secrets/gogs-spanner, readOnly: true"));
    assert!(agent.contains("path: token\n"));
    let audience = agent.lines().find_map(|line| line.trim().strip_prefix("audience: ")).expect("an audience");
    assert!(config.contains(&format!("public_url = \"{audience}\"")), "{audience}");
    assert!(agent.contains(&format!("credential.{audience}.helper=spanner")));
    let account = agent.lines().find_map(|line| line.trim().strip_prefix("serviceAccountName: ")).expect("an account");
    let kustomization = example("kubernetes/kustomization.yaml");
    let namespace = kustomization.lines().find_map(|line| line.strip_prefix("namespace: ")).expect("a namespace");
    assert!(config.contains(&format!("sub = \"system:serviceaccount:{namespace}:{account}\"")));
}
