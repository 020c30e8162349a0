//! A push that breaks off in the middle, wherever it does: the repository stays sound, and the journal says what it knows.

use std::path::Path;

use gogs_spanner::journal::{AuditLine, Outcome};
use gogs_spanner_testkit::{Agent, Door, Forge, Person, Process, Setting, TestGateway, Workspace, eventually};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
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
