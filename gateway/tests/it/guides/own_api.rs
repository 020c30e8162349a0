//! *The gateway's own API*.

use gogs_spanner_testkit::Forge;

use super::{Page, with_a_gateway};

#[tokio::test]
async fn the_reference_of_the_own_api_shows_what_is_answered() {
    let forge = Forge::demonstration().await;
    forge.create_private_repository("acme/web").await;
    let (reader, agents) = with_a_gateway(&forge).await;
    reader.calling("https://agents.example.com", &agents).follow(&Page::read("docs/reference/own-api.md")).await;
}
