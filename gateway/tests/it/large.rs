//! More than a gateway may hold in memory.

use std::{fs::File, io::Write, path::Path};

use gogs_spanner_testkit::{Forge, Process, Setting, Workspace, noise};

use crate::shapes;

const SIZE: usize = 400_000_000;
/// What the process may grow by while that flows through it.
const GROWTH: u64 = 64 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "cargo xtask verify large"]
async fn a_push_and_a_clone_of_hundreds_of_megabytes_flow_in_constant_memory() {
    let forge = Forge::demonstration().await;
    let binary = Path::new(env!("CARGO_BIN_EXE_spanner"));
    let spanner = Process::start(binary, &forge, Setting::usual()).await.expect("it starts");
    let docs = spanner.agent("docs-writer").await;
    let workspace = Workspace::new();
    let remote = docs.remote("acme/handbook").with("pack.compression", "0");
    let handbook = workspace.clone(&remote).await;
    handbook.commit("noise", noise(SIZE)).await;
    let before = spanner.peak_memory().expect("a peak");
    handbook.push(&["HEAD:refs/heads/agents/large"]).await.succeeds();
    workspace.clone(&remote).await;
    let grown = spanner.peak_memory().expect("a peak") - before;
    assert!(grown < GROWTH, "it grew by {grown} bytes");
}

/// What a push may have that is looked into: a gigabyte, in two files so that a working copy stays quick to hash.
const LOOKED_INTO: usize = 1 << 29;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "cargo xtask verify large"]
async fn a_gigabyte_is_looked_into_in_constant_memory() {
    let rights = r#"[{ actions = ["contents:read"] },
        { actions = ["ref:create"], refs = ["refs/heads/agents/**"], paths = ["docs/**"] }]"#;
    let forge = Forge::demonstration().await;
    let binary = Path::new(env!("CARGO_BIN_EXE_spanner"));
    let setting = Setting::new().agent("bot", "acme/handbook", rights);
    let spanner = Process::start(binary, &forge, setting).await.expect("it starts");
    let bot = spanner.agent("bot").await;
    let workspace = Workspace::new();
    let remote = bot.remote("acme/handbook").with("pack.compression", "0").with("core.bigFileThreshold", "16m");
    let handbook = workspace.clone(&remote).await;
    for name in ["docs/one", "docs/two"] {
        handbook.commit(name, noise(LOOKED_INTO + name.len())).await;
    }
    let before = spanner.peak_memory().expect("a peak");
    handbook.push(&["HEAD:refs/heads/agents/large"]).await.succeeds();
    let grown = spanner.peak_memory().expect("a peak") - before;
    assert!(grown < GROWTH, "it grew by {grown} bytes");
    handbook.commit("src/a.rs", "not allowed").await;
    handbook.push(&["HEAD:refs/heads/agents/other"]).await.fails().says("src/a.rs (commit ");
}

#[tokio::test]
#[ignore = "cargo xtask verify large"]
async fn a_push_moves_five_thousand_refs() {
    shapes::moves_many_refs(5_000).await;
}

/// What people call a large file.
const OBJECT: u64 = 2 << 30;

/// Bytes that repeat only where a piece of them ends, without ever being all in memory.
fn write_noise(path: &Path, length: u64) {
    let piece = noise(1 << 20);
    let mut file = File::create(path).expect("a file can be made");
    for number in 0..length >> 20 {
        file.write_all(&number.to_le_bytes()).expect("the disk has room");
        file.write_all(&piece[8..]).expect("the disk has room");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "cargo xtask verify large"]
async fn an_lfs_object_of_two_gibibytes_goes_up_and_down_in_constant_memory() {
    let forge = Forge::demonstration().await;
    let binary = Path::new(env!("CARGO_BIN_EXE_spanner"));
    let spanner = Process::start(binary, &forge, Setting::usual().reachable()).await.expect("it starts");
    let docs = spanner.agent("docs-writer").await;
    let remote = docs.remote("acme/handbook").with_lfs();
    let (here, there) = (Workspace::new(), Workspace::new());
    let handbook = here.clone(&remote).await;
    handbook.git(&["lfs", "install", "--local"]).await.succeeds();
    handbook.git(&["lfs", "track", "*.bin"]).await.succeeds();
    write_noise(&handbook.path().join("large.bin"), OBJECT);
    handbook.git(&["add", ".gitattributes", "large.bin"]).await.succeeds();
    handbook.git(&["commit", "-q", "-m", "large"]).await.succeeds();
    let before = spanner.peak_memory().expect("a peak");
    handbook.push(&["HEAD:refs/heads/agents/large"]).await.succeeds();
    drop(here);
    let other = there.clone(&remote).await;
    other.git(&["checkout", "-q", "agents/large"]).await.succeeds();
    let grown = spanner.peak_memory().expect("a peak") - before;
    assert_eq!(std::fs::metadata(other.path().join("large.bin")).expect("the file").len(), OBJECT);
    assert!(grown < GROWTH, "it grew by {grown} bytes");
}
