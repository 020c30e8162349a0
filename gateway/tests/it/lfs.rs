//! Git LFS: real git-lfs as bots have it, and clients that do what git-lfs never would.

mod batch;
pub(crate) mod caller;
mod links;
mod objects;
mod store;
mod tickets;
mod transfers;

use gogs_spanner_testkit::Forge;

use crate::stories;

#[tokio::test]
async fn a_large_file_is_pushed_cloned_pruned_and_pulled() {
    stories::moves_large_files(Forge::demonstration().await).await;
}

#[tokio::test]
async fn a_large_file_for_a_branch_nobody_granted_is_refused_with_reason_and_hint() {
    stories::is_refused_a_large_file_with_reason_and_hint(Forge::demonstration().await).await;
}

#[tokio::test]
async fn what_the_forge_says_of_objects_reads_as_the_specification_says() {
    stories::is_told_of_objects_as_the_specification_says(Forge::demonstration().await).await;
}
