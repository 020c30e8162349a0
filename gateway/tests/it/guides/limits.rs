//! *Limits*.

use gogs_spanner_testkit::Forge;

use super::{Page, with_a_gateway};

#[tokio::test]
async fn the_reference_of_limits_shows_what_is_refused() {
    let forge = Forge::demonstration().await;
    forge.create_private_repository("acme/web").await;
    let (reader, agents) = with_a_gateway(&forge).await;
    reader.calling("https://agents.example.com", &agents).follow(&Page::read("docs/reference/limits.md")).await;
    assert_eq!(forge.tip("acme/web", "refs/heads/agents/three").await, "");
}
