//! A push that breaks off in the middle, wherever it does: the repository stays sound, and the journal says what it knows.

use std::{fs::Permissions, os::unix::fs::PermissionsExt, path::Path};

use gogs_spanner::journal::{AuditLine, Outcome};
use gogs_spanner_testkit::{Agent, Door, Forge, Person, Process, Setting, TestGateway, Workspace, eventually};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
};

const BRANCH: &str = "refs/heads/agents/x";

/// Begins a push by hand: the command, and a pack of which most is still to come.
async fn begin(door: &Door, agent: &Agent, forge: &Forge) -> TcpStream {
    let command = format!("{} {} {BRANCH}\0report-status", "0".repeat(40), "1".repeat(40));
    let body = format!("{:04x}{command}0000PACK\0\0\0\x02\0\0\0\x01", command.len() + 4);
    let head = format!(
        "POST /acme/handbook.git/git-receive-pack HTTP/1.1\r\nHost: agents.example.test\r\nContent-Length: 100000\r\n\
         Content-Type: application/x-git-receive-pack-request\r\nAuthorization: Bearer {}\r\n\r\n",
        agent.token()
    );
    let mut stream = TcpStream::connect(door.address).await.expect("the gateway listens");
    stream.write_all(format!("{head}{body}").as_bytes()).await.expect("it is read");
    eventually("the push reaches the forge", async || {
        forge.arrivals().iter().any(|arrival| arrival.target.ends_with("/git-receive-pack"))
    })
    .await;
    stream
}

/// Whether the forge's repository is whole and without the branch.
async fn is_sound(forge: &Forge) {
    assert_eq!(forge.tip("acme/handbook", BRANCH).await, "");
    let workspace = Workspace::new();
    let person = Person::at(forge, forge.admin_token());
    workspace.clone(&person.remote("acme/handbook")).await.git(&["fsck", "--full", "--strict"]).await.succeeds();
}

fn outcome(trail: &[AuditLine]) -> Outcome {
    trail.iter().find(|line| line.action == "ref:create").expect("the push was intended").outcome
}

#[tokio::test]
async fn a_gateway_that_is_killed_leaves_a_sound_repository_and_an_unknown_outcome() {
    let forge = Forge::demonstration().await;
    let binary = Path::new(env!("CARGO_BIN_EXE_spanner"));
    let spanner = Process::start(binary, &forge, Setting::usual()).await.expect("it starts");
    let docs = spanner.agent("docs-writer").await;
    let mut pushing = begin(&spanner.door, &docs, &forge).await;
    let trail = spanner.kill().await.expect("a journal");
    let mut answer = Vec::new();
    // A connection that is reset is an error as well.
    drop(pushing.read_to_end(&mut answer).await);
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(outcome(&trail), Outcome::Unknown);
    is_sound(&forge).await;
}

#[tokio::test]
async fn a_forge_that_is_cut_off_leaves_a_sound_repository_and_no_false_outcome() {
    let gateway = TestGateway::with(Setting::usual().relayed()).await;
    let docs = gateway.agent("docs-writer").await;
    let mut pushing = begin(&gateway.door, &docs, &gateway.forge).await;
    gateway.relay.as_ref().expect("a relay").cut().await;
    let mut answer = vec![0; 12];
    pushing.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 503");
    drop(pushing);
    is_sound(&gateway.forge).await;
    assert_eq!(outcome(&gateway.trail().await), Outcome::Unknown);
}

/// Where paths are limited, every push is looked into.
const DOCS: &str = r#"[{ actions = ["contents:read"] },
    { actions = ["ref:create"], refs = ["refs/heads/agents/**"], paths = ["docs/**"] }]"#;

/// A git that, asked to index a pack, says so and waits for a word; else it is git.
struct SlowGit(TempDir);

impl SlowGit {
    const SCRIPT: &str = r#"#!/bin/sh
case "$*" in
*index-pack*) : >"$(dirname "$0")/begun"; read -r _ <"$(dirname "$0")/go" ;;
esac
PATH="${PATH#*:}" exec git "$@"
"#;

    async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let script = directory.path().join("git");
        std::fs::write(&script, Self::SCRIPT).expect("the disk has room");
        std::fs::set_permissions(&script, Permissions::from_mode(0o755)).expect("it is ours");
        let pipe = ["mkfifo".to_owned(), directory.path().join("go").display().to_string()];
        assert!(run(&pipe).await, "mkfifo is part of every system");
        Self(directory)
    }

    fn path(&self) -> String {
        format!("{}:{}", self.0.path().display(), std::env::var("PATH").expect("a search path"))
    }

    async fn begins(&self) {
        eventually("the pack is indexed", async || self.0.path().join("begun").exists()).await;
    }

    /// Lets the one that waits go on, and every later one.
    async fn goes_on(&self) {
        let script =
            "printf 'go\\n' >\"$1/go\" && printf '#!/bin/sh\\nPATH=\"${PATH#*:}\" exec git \"$@\"\\n' >\"$1/git\"";
        let words = ["sh", "-c", script, "sh", &self.0.path().display().to_string()].map(str::to_owned);
        assert!(run(&words).await, "the git that waits reads a word");
    }
}

#[expect(clippy::disallowed_methods, reason = "a test plays tricks with programs")]
async fn run(words: &[String]) -> bool {
    let status = Command::new(&words[0]).args(&words[1..]).status().await;
    status.expect("it can be run").success()
}

#[tokio::test]
async fn a_gateway_that_is_killed_while_it_looks_into_a_push_forwarded_nothing_and_starts_clean() {
    let (forge, git) = (Forge::demonstration().await, SlowGit::new().await);
    let binary = Path::new(env!("CARGO_BIN_EXE_spanner"));
    let setting = Setting::new().agent("bot", "acme/handbook", DOCS).variable("PATH", &git.path());
    let mut spanner = Process::start(binary, &forge, setting).await.expect("it starts");
    let bot = spanner.agent("bot").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&bot.remote("acme/handbook")).await;
    let commit = handbook.commit("docs/page.md", "one").await;
    let create = format!("HEAD:{BRANCH}");
    let (refs, quarantine) = ([create.as_str()], spanner.directory().join("spool/quarantine"));
    let rooms = || std::fs::read_dir(&quarantine).expect("a directory").count();
    let (pushed, ()) = tokio::join!(handbook.push(&refs), async {
        git.begins().await;
        assert_eq!(rooms(), 1);
        spanner.restart().await.expect("it starts again");
    });
    pushed.fails();
    git.goes_on().await;
    assert_eq!(rooms(), 0, "what the killed one left is cleared away");
    let posted = forge.arrivals().iter().any(|arrival| arrival.target.ends_with("/git-receive-pack"));
    assert!(!posted, "nothing of it reached the forge");
    let trail = spanner.trail().await.expect("a journal");
    assert!(trail.iter().all(|line| line.action != "ref:create"), "nothing was intended");
    is_sound(&forge).await;
    handbook.push(&refs).await.succeeds();
    assert_eq!(forge.tip("acme/handbook", BRANCH).await, commit);
}
