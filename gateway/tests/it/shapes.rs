//! Pushes of every shape a client may send, all of them looked into.

use std::fmt::Write;

use gogs_spanner_testkit::{Agent, Caller, Clone, Setting, TestGateway, Workspace, noise};
use reqwest::Method;

/// Everything below `agents/`, and nothing outside `docs/`: so every push but a deletion is looked into.
const DOCS: &str = r#"[{ actions = ["contents:read"] },
    { actions = ["ref:create", "ref:update"], refs = ["refs/heads/agents/**", "refs/tags/agents/**"], paths = ["docs/**"] },
    { actions = ["ref:delete"], refs = ["refs/heads/agents/**"] }]"#;

/// Refs of one push; `cargo xtask verify large` moves ten times as many.
const MANY: usize = 500;

async fn start() -> TestGateway {
    TestGateway::with(Setting::new().agent("bot", "acme/handbook", DOCS)).await
}

async fn copy<'a>(gateway: &TestGateway, workspace: &'a Workspace) -> Clone<'a> {
    workspace.clone(&gateway.agent("bot").await.remote("acme/handbook")).await
}

/// What the forge says of its repository.
async fn is_sound(gateway: &TestGateway, workspace: &Workspace) {
    let whole = workspace.clone(&gateway.person().remote("acme/handbook")).await;
    whole.git(&["fsck", "--full", "--strict"]).await.succeeds();
}

/// A text whose versions are worth a delta.
fn long_text() -> String {
    (0..2_000).fold(String::new(), |mut text, line| {
        writeln!(text, "line {line} of a file").expect("a text grows");
        text
    })
}

/// A push put together by hand, for what no option of `git push` makes: its pack has each delta name its base, as a server
/// gets it that does not offer `ofs-delta` (`get_pack` in `send-pack.c`).
async fn push_by_hand(agent: &Agent, clone: &Clone<'_>, reference: &str) -> String {
    let packed = clone.git(&["pack-objects", "-q", "--revs", "--all", ".git/by-hand"]).await.succeeds();
    let pack = clone.path().join(format!(".git/by-hand-{}.pack", packed.stdout.trim()));
    let pack = std::fs::read(pack).expect("it can be read");
    let command = format!("{} {} {reference}\0report-status", "0".repeat(40), clone.head().await);
    let body = [format!("{:04x}{command}0000", command.len() + 4).into_bytes(), pack].concat();
    let request = agent.request(Method::POST, "/acme/handbook.git/git-receive-pack");
    let request = request.header("content-type", "application/x-git-receive-pack-request").body(body);
    agent.answered(request).await.is(200).text
}

#[tokio::test]
async fn deltas_that_name_their_bases_pass_whether_they_are_looked_into_or_not() {
    let streamed = r#"[{ actions = ["contents:read", "issues:write"] },
        { actions = ["ref:create"], refs = ["refs/heads/agents/**"] }]"#;
    for rights in [DOCS, streamed] {
        let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", rights)).await;
        let (bot, workspace) = (gateway.agent("bot").await, Workspace::new());
        let handbook = copy(&gateway, &workspace).await;
        let long = long_text();
        for round in 0..3 {
            handbook.commit("docs/long", format!("{long}{round}\n")).await;
        }
        let said = push_by_hand(&bot, &handbook, "refs/heads/agents/by-hand").await;
        assert!(said.contains("unpack ok") && said.contains("ok refs/heads/agents/by-hand"), "{said}");
        assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/by-hand").await, handbook.head().await);
        is_sound(&gateway, &workspace).await;
    }
}

#[tokio::test]
async fn thin_or_not_with_deltas_by_offset_or_by_name() {
    let gateway = start().await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    let long = long_text();
    for (number, arguments) in [&["--thin"][..], &["--no-thin"], &["--no-thin", "--no-verify"]].iter().enumerate() {
        for round in 0..3 {
            handbook.commit("docs/long", format!("{long}{number} {round}")).await;
        }
        handbook.push(&[arguments, &["HEAD:refs/heads/agents/x"][..]].concat()).await.succeeds();
        assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/x").await, handbook.head().await);
    }
    is_sound(&gateway, &workspace).await;
}

#[tokio::test]
async fn from_a_shallow_copy() {
    let gateway = start().await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    for text in ["one", "two", "three"] {
        handbook.commit("docs/page.md", text).await;
    }
    handbook.push(&["HEAD:refs/heads/agents/x"]).await.succeeds();
    let url = handbook.git(&["remote", "get-url", "origin"]).await.succeeds().stdout;
    let clone = ["clone", "-q", "--depth=1", "--branch=agents/x", url.trim(), "shallow"];
    handbook.git(&clone).await.succeeds();
    std::fs::write(handbook.path().join("shallow/docs/page.md"), "four").expect("a file");
    handbook.git(&["-C", "shallow", "commit", "-q", "-a", "-m", "four"]).await.succeeds();
    handbook.git(&["-C", "shallow", "push", "origin", "HEAD:refs/heads/agents/x"]).await.succeeds();
    std::fs::write(handbook.path().join("shallow/README.md"), "mine").expect("a file");
    handbook.git(&["-C", "shallow", "commit", "-q", "-a", "-m", "mine"]).await.succeeds();
    let said = handbook.git(&["-C", "shallow", "push", "origin", "HEAD:refs/heads/agents/x"]).await.fails();
    said.says("README.md (commit ");
    is_sound(&gateway, &workspace).await;
}

#[tokio::test]
async fn atomic_empty_and_of_deletions_only() {
    let gateway = start().await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    handbook.push(&["--atomic", "HEAD:refs/heads/agents/a", "HEAD:refs/heads/agents/b"]).await.succeeds();
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&["--atomic", "HEAD:refs/heads/agents/a", ":refs/heads/agents/b"]).await.succeeds();
    handbook.push(&[":refs/heads/agents/a"]).await.succeeds();
    for branch in ["a", "b"] {
        assert_eq!(gateway.forge.tip("acme/handbook", &format!("refs/heads/agents/{branch}")).await, "");
    }
    is_sound(&gateway, &workspace).await;
}

#[tokio::test]
async fn hundreds_of_refs() {
    moves_many_refs(MANY).await;
}

/// Creates so many refs in one push, and moves them all in the next.
pub(crate) async fn moves_many_refs(count: usize) {
    let gateway = start().await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    let target = "refs/many/*:refs/heads/agents/*";
    for text in ["one", "two"] {
        let commit = handbook.commit("docs/page.md", text).await;
        let refs = (0..count).fold(String::from("# pack-refs with: sorted \n"), |mut refs, number| {
            writeln!(refs, "{commit} refs/many/{number:04}").expect("a text grows");
            refs
        });
        std::fs::write(handbook.path().join(".git/packed-refs"), refs).expect("a file");
        handbook.push(&["-q", target]).await.succeeds();
        let last = format!("refs/heads/agents/{:04}", count - 1);
        assert_eq!(gateway.forge.tip("acme/handbook", &last).await, commit);
    }
    let said = handbook.push(&["-q", target, "HEAD:refs/heads/master"]).await.fails();
    said.says("not-granted").says("refs/heads/master");
}

#[tokio::test]
async fn two_at_once_for_one_ref() {
    let gateway = start().await;
    let workspace = Workspace::new();
    let (one, other) = (copy(&gateway, &workspace).await, copy(&gateway, &workspace).await);
    one.push(&["HEAD:refs/heads/agents/x"]).await.succeeds();
    let commits = (one.commit("docs/page.md", "one").await, other.commit("docs/page.md", "other").await);
    let refs = ["HEAD:refs/heads/agents/x"];
    let said = tokio::join!(one.push(&refs), other.push(&refs));
    let tip = gateway.forge.tip("acme/handbook", "refs/heads/agents/x").await;
    match (said.0.code == 0, said.1.code == 0) {
        (true, false) => assert_eq!(tip, commits.0),
        (false, true) => assert_eq!(tip, commits.1),
        both => panic!("{both:?}: {} {}", said.0.stderr, said.1.stderr),
    }
    is_sound(&gateway, &workspace).await;
}

#[tokio::test]
async fn a_signed_push_is_refused() {
    let gateway = start().await;
    let bot = gateway.agent("bot").await;
    let line = "push-cert\0report-status side-band-64k\n";
    let body = format!("{:04x}{line}0000", line.len() + 4);
    let request = bot.request(Method::POST, "/acme/handbook.git/git-receive-pack");
    let request = request.header("content-type", "application/x-git-receive-pack-request").body(body);
    let said = request.send().await.expect("an answer").text().await.expect("a text");
    assert!(said.contains("signed pushes are not accepted"), "{said}");
    assert!(gateway.forge.forwarded().iter().all(|arrival| arrival.method == "GET"));
}

#[tokio::test]
async fn one_there_is_no_room_for_is_refused_and_said_so() {
    let setting = Setting::new().agent("bot", "acme/handbook", DOCS).and("[git]\nquota = \"1MiB\"\n");
    let gateway = TestGateway::with(setting).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    handbook.commit("docs/noise", noise(3 << 20)).await;
    handbook.push(&["HEAD:refs/heads/agents/x"]).await.fails().says("too-large").says("1048576 bytes at most");
    let left =
        |name: &str| std::fs::read_dir(gateway.directory().join("spool").join(name)).expect("a directory").count();
    assert_eq!(left("quarantine"), 0);
}
