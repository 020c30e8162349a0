//! *Put it beside your Gogs*.

use gogs_spanner_testkit::{Forge, Host};

use super::{Page, Reader};

/// The page, before this forge.
pub(crate) async fn leads_from_a_gogs_to_a_refused_push(forge: Forge) {
    forge.create_private_repository("acme/web").await;
    let agents = format!("http://{}", Host::free_address().await);
    let reader =
        Reader::new().calling("https://agents.example.com", &agents).calling("http://127.0.0.1:3000", forge.url());
    reader.host().write("gogs-admin-token", forge.admin_token(), 0o600);
    reader.follow(&Page::read("docs/guides/put-it-beside-your-gogs.md")).await;
    assert_ne!(forge.tip("acme/web", "refs/heads/agents/hello").await, "");
}

#[tokio::test]
async fn the_guide_leads_from_a_gogs_to_a_refused_push() {
    leads_from_a_gogs_to_a_refused_push(Forge::demonstration().await).await;
}
