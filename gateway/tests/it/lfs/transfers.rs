//! Transfers by real git-lfs that do not go through at once.

use gogs_spanner_testkit::{Clone, Setting, TestGateway, Workspace, eventually, noise};
use reqwest::Method;

use super::caller::{LfsCaller, oid};

/// Far more than sockets hold.
const LARGE: usize = 40_000_000;

async fn with_large_file<'w>(
    workspace: &'w Workspace,
    remote: &gogs_spanner_testkit::Remote,
    content: &[u8],
) -> Clone<'w> {
    let clone = workspace.clone(remote).await;
    clone.git(&["lfs", "install", "--local"]).await.succeeds();
    clone.git(&["lfs", "track", "*.bin"]).await.succeeds();
    clone.git(&["add", ".gitattributes"]).await.succeeds();
    clone.commit("large.bin", content).await;
    clone
}

#[tokio::test]
async fn an_upload_that_was_interrupted_is_made_good_by_pushing_again() {
    let gateway = TestGateway::with(Setting::usual().reachable().relayed()).await;
    let docs = gateway.agent("docs-writer").await;
    let remote = docs.remote("acme/handbook").with_lfs().with("lfs.transfer.maxretries", "1");
    let (workspace, content) = (Workspace::new(), noise(LARGE));
    let handbook = with_large_file(&workspace, &remote, &content).await;
    let relay = gateway.relay.as_ref().expect("a relay");
    let interruption = async {
        eventually("some of it reached the forge", async || {
            gateway.forge.arrivals().iter().any(|arrival| arrival.method == Method::PUT && arrival.body_length > 0)
        })
        .await;
        relay.cut().await;
    };
    let (said, ()) = tokio::join!(handbook.push(&["HEAD:refs/heads/agents/large"]), interruption);
    said.fails();
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/large").await, "");
    relay.mend().await.expect("the address is still free");
    handbook.push(&["HEAD:refs/heads/agents/large"]).await.succeeds();
    assert_eq!(gateway.forge.stand_in().lfs_objects_of("acme/handbook").expect("it is there").len(), 1);
}

#[tokio::test]
async fn a_download_that_was_interrupted_is_resumed_by_pulling_again() {
    let gateway = TestGateway::with(Setting::usual().reachable()).await;
    let docs = gateway.agent("docs-writer").await;
    let remote = docs.remote("acme/handbook").with_lfs();
    let (workspace, content) = (Workspace::new(), noise(LARGE / 10));
    let handbook = with_large_file(&workspace, &remote, &content).await;
    handbook.push(&["HEAD:refs/heads/agents/large"]).await.succeeds();
    let other = workspace.clone(&remote.clone().with("filter.lfs.process", "git-lfs filter-process --skip")).await;
    other.git(&["checkout", "-q", "agents/large"]).await.succeeds();
    // What git-lfs leaves when it is killed in the middle, and asks the rest of with `Range`.
    let partial = other.path().join(".git/lfs/incomplete");
    std::fs::create_dir_all(&partial).expect("a directory");
    std::fs::write(partial.join(format!("{}.part", oid(&content))), &content[..content.len() / 2]).expect("a file");
    other.git(&["lfs", "pull"]).await.succeeds();
    assert!(std::fs::read(other.path().join("large.bin")).expect("the file") == content, "other bytes came");
}

#[tokio::test]
async fn a_download_the_caller_gives_up_leaves_the_gateway_well() {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let content = noise(LARGE);
    docs.upload(&content).await;
    let get = docs.action("download", "download", &content).await;
    let mut answer = get.request(&gateway.door, Method::GET).send().await.expect("a head");
    assert!(answer.chunk().await.expect("some bytes").is_some());
    drop(answer);
    docs.call(&get, Method::GET, "").await.is(200);
}
