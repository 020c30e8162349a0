//! The README, and those of the examples.

use gogs_spanner_testkit::{Forge, Host};

use super::{Page, Reader, root, with_a_gateway};

#[tokio::test]
async fn what_the_readme_says_can_be_typed_in_can_be() {
    let forge = Forge::demonstration().await;
    forge.create_private_repository("acme/web").await;
    let agents = format!("http://{}", Host::free_address().await);
    let reader =
        Reader::new().calling("http://127.0.0.1:3000", forge.url()).calling("https://agents.example.com", &agents);
    reader.host().write("gogs-admin-token", forge.admin_token(), 0o600);
    reader.follow(&Page::read("README.md")).await;
    assert!(reader.host().path("web/README.md").is_file());
}

#[tokio::test]
async fn the_quickstart_runs_alone_and_with_a_gateway() {
    let forge = Forge::demonstration().await;
    forge.create_private_repository("acme/web").await;
    let (reader, agents) = with_a_gateway(&forge).await;
    let script = root().join("examples/quickstart/run.sh").canonicalize().expect("the example is there");
    std::os::unix::fs::symlink(script, reader.host().path("run.sh")).expect("a link can be made");
    reader.calling("https://agents.example.com", &agents).follow(&Page::read("examples/quickstart/README.md")).await;
    assert_ne!(forge.tip("acme/web", "refs/heads/agents/ci-web/quickstart").await, "");
}
