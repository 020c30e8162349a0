//! *git without a token in sight*.

use gogs_spanner_testkit::Forge;

use super::{Page, with_a_gateway};

#[tokio::test]
async fn the_guide_leads_to_a_push_without_a_token_in_sight() {
    let forge = Forge::demonstration().await;
    for repository in ["acme/web", "acme/theme", "acme/secret"] {
        forge.create_private_repository(repository).await;
    }
    let (reader, agents) = with_a_gateway(&forge).await;
    let reader = reader.calling("https://agents.example.com", &agents);
    reader.follow(&Page::read("docs/guides/git-credential-helper.md")).await;
    assert_ne!(forge.tip("acme/web", "refs/heads/agents/hello").await, "");
}
