//! What is asked of a client of git.

use std::fmt::Write;

use gogs_spanner_testkit::{Exchange, noise};

use super::bench::{Bench, shown};

/// The columns of the matrix, in the order they are tried: each goes on where those before it ended.
pub(super) const OPERATIONS: [&str; 9] = [
    "clone",
    "fetch",
    "push",
    "refused push of 3 MiB",
    "push of 3 MiB",
    "long fetch request",
    "shallow clone",
    "tags",
    "delete",
];

const BRANCH: &str = "refs/heads/agents/it";
/// Files of this name are large ones to git-lfs; to others it is a name.
const FILE: &str = "page.bin";
/// Three times what git sends without chunks (`http.postBuffer`).
const LARGE: usize = 3 << 20;
/// What only a working copy has: so many that naming them takes kilobytes, beyond which git compresses (`remote-curl.c`).
const OWN_COMMITS: usize = 300;

/// Tries one operation, and says what there is to note of how it was done.
pub(super) async fn play(bench: &Bench, operation: &str) -> String {
    match operation {
        "clone" => clones(bench).await,
        "fetch" => fetches(bench).await,
        "push" => pushes(bench).await,
        "refused push of 3 MiB" => is_refused(bench).await,
        "push of 3 MiB" => pushes_much(bench).await,
        "long fetch request" => asks_at_length(bench).await,
        "shallow clone" => clones_a_part(bench).await,
        "tags" => tags(bench).await,
        "delete" => deletes(bench).await,
        other => panic!("{other} is no operation"),
    }
}

async fn clones(bench: &Bench) -> String {
    bench.run(&["clone", "copy", "master"]).await.succeeds();
    assert_eq!(bench.git("copy", "rev-parse HEAD").await, bench.tip("refs/heads/master").await);
    assert!(bench.host.path("copy/README.md").is_file(), "nothing is checked out");
    bench.git("copy", "fsck --full --strict").await;
    String::new()
}

async fn fetches(bench: &Bench) -> String {
    let news = bench.somebody_writes("news").await;
    bench.run(&["fetch"]).await.succeeds();
    assert_eq!(bench.git("copy", "rev-parse refs/remotes/origin/master").await, news);
    bench.git("copy", "fsck --full --strict").await;
    String::new()
}

/// A branch is made, then moved, and another clone has what was pushed.
async fn pushes(bench: &Bench) -> String {
    for text in ["one", "two"] {
        bench.host.write(&format!("copy/{FILE}"), text, 0o644);
        bench.run(&["push", FILE, BRANCH]).await.succeeds();
        assert_eq!(bench.tip(BRANCH).await, bench.git("copy", "rev-parse HEAD").await);
    }
    let sent = encoding(&bench.tap.exchanges(), "/git-receive-pack");
    bench.run(&["clone", "again", "agents/it"]).await.succeeds();
    assert_eq!(bench.host.read(&format!("again/{FILE}")), "two");
    sent
}

/// A branch nobody granted; what was sent for it has to be read to its end, or the reason is not.
async fn is_refused(bench: &Bench) -> String {
    write_noise(bench, LARGE);
    let said = bench.run(&["push", FILE, "refs/heads/release"]).await;
    assert_eq!(bench.tip("refs/heads/release").await, "");
    shown(&said, "not-granted")
}

async fn pushes_much(bench: &Bench) -> String {
    write_noise(bench, LARGE + 1);
    bench.run(&["push", FILE, BRANCH]).await.succeeds();
    assert_eq!(bench.tip(BRANCH).await, bench.git("copy", "rev-parse HEAD").await);
    let exchanges = bench.tap.exchanges();
    let Some(large) = exchanges.iter().find(|exchange| exchange.request.body.len() > LARGE) else {
        return "as an LFS object".to_owned();
    };
    if large.request.is_chunked() { "chunked".to_owned() } else { "with its length".to_owned() }
}

/// A fetch by somebody who has much that the forge has not.
async fn asks_at_length(bench: &Bench) -> String {
    let own = (0..OWN_COMMITS).fold(String::new(), |mut stream, number| {
        let from = if number == 0 { "from refs/heads/master^0\n" } else { "" };
        let who = format!("committer bot <bot@x.invalid> {} +0000", 1_800_000_000 + number);
        write!(stream, "commit refs/heads/own\n{who}\ndata 1\n.\n{from}").expect("a text grows");
        stream
    });
    bench.host.write("own", &own, 0o600);
    bench.git("copy", "fast-import --quiet < own").await;
    let news = bench.somebody_writes("more news").await;
    bench.run(&["fetch"]).await.succeeds();
    assert_eq!(bench.git("copy", "rev-parse refs/remotes/origin/master").await, news);
    let encoding = encoding(&bench.tap.exchanges(), "/git-upload-pack");
    if encoding.is_empty() { "uncompressed".to_owned() } else { encoding }
}

async fn clones_a_part(bench: &Bench) -> String {
    bench.run(&["shallow", "part", "master"]).await.succeeds();
    assert_eq!(bench.git("part", "rev-parse HEAD").await, bench.tip("refs/heads/master").await);
    assert_eq!(bench.git("part", "rev-list --count HEAD").await, "1");
    String::new()
}

/// A tag is pushed, and a clone has it.
async fn tags(bench: &Bench) -> String {
    bench.run(&["tag", "agents/first"]).await.succeeds();
    let head = bench.git("copy", "rev-parse HEAD").await;
    assert_eq!(bench.tip("refs/tags/agents/first").await, head);
    bench.run(&["clone", "tagged", "agents/it"]).await.succeeds();
    assert_eq!(bench.git("tagged", "rev-parse refs/tags/agents/first").await, head);
    String::new()
}

async fn deletes(bench: &Bench) -> String {
    bench.run(&["delete", BRANCH]).await.succeeds();
    assert_eq!(bench.tip(BRANCH).await, "");
    String::new()
}

fn write_noise(bench: &Bench, length: usize) {
    std::fs::write(bench.host.path(&format!("copy/{FILE}")), noise(length)).expect("a file can be written");
}

/// How the bodies sent to a service were encoded, if any was.
fn encoding(exchanges: &[Exchange], service: &str) -> String {
    let mut to_it = exchanges.iter().filter(|exchange| exchange.request.first_line().contains(&format!("{service} ")));
    let encoding = to_it.find_map(|exchange| exchange.request.header("content-encoding"));
    encoding.map(|name| format!("as {name}")).unwrap_or_default()
}
