//! The guides that are about a Gogs, before a real one.

use gogs_spanner_testkit::Forge;

use crate::guides;

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn put_it_beside_your_gogs_leads_to_a_refused_push() {
    guides::leads_from_a_gogs_to_a_refused_push(Forge::live().await).await;
}

#[tokio::test]
#[ignore = "cargo xtask verify live"]
async fn move_one_bot_moves_it_and_its_submodule() {
    guides::moves_a_bot_from_its_gogs_token(Forge::live().await).await;
}
