//! What a newer git sends, kept byte for byte, and sent again.
//!
//! The gate has only the system's git, so what git 2.47 sends otherwise (a Bearer out of a credential helper, a probe
//! before a large push) comes from a recording. Only token and address are put in anew, neither of which any length counts.

mod recording;

use std::time::Duration;

use gogs_spanner_gitwire::{CommandParser, Progress};
use gogs_spanner_testkit::{Agent, Message, Tap, TestGateway};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use self::recording::{Command, Kept, Recording, answered};
use super::bench::machine;

const BRANCH: &str = "refs/heads/agents/recorded";
/// Longer than any answer of a gateway on loopback takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A working copy whose one file is larger than what git sends without chunks, and is packed as it is: what is sent is
/// large, and what is kept of it compresses to nothing. Each date is the same, so each run sends the same.
const PREPARED: &str = "git init -q -b main first && cd first && git config core.compression 0 \
                        && head -c 1300000 /dev/zero > page && git add page && git commit -q -m one \
                        && git remote add origin $REMOTE";
/// A credential helper that knows of no password.
const HELPER: &str =
    "!f() { test $1 != get || printf '%s\\n' 'capability[]=authtype' authtype=Bearer credential=$TOKEN; }; f";
/// What is recorded. The first push brings all that the others ask for, so that they can be asked for anywhere.
const COMMANDS: [(&str, &str); 4] = [
    ("a push of more than a megabyte", "git -C first push -q origin HEAD:refs/heads/agents/recorded"),
    ("a clone", "git clone -q --branch agents/recorded --single-branch $REMOTE second"),
    (
        "a push",
        "git -C first commit -q --allow-empty -m two && git -C first push -q origin HEAD:refs/heads/agents/recorded",
    ),
    ("a fetch", "git -C second fetch -q"),
];

/// Has git of Debian 13 do all of it through a gateway, and keeps what it sent.
async fn record() -> Recording {
    let gateway = TestGateway::start().await;
    let docs = gateway.agent("docs-writer").await;
    let tap = Tap::before(gateway.door.address).await.expect("a tap can listen");
    let host = machine().variable("REMOTE", format!("{}/acme/handbook.git", tap.url())).variable("TOKEN", docs.token());
    let host = host.variable("GIT_CONFIG_COUNT", "1").variable("GIT_CONFIG_KEY_0", "credential.helper");
    let host = host.variable("GIT_CONFIG_VALUE_0", HELPER);
    let host = ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"]
        .iter()
        .fold(host, |host, name| host.variable(name, "2026-11-23T10:00:00Z"));
    let git = async |line: &str| {
        host.shell(&format!("git() {{ $MADE/git-trixie/git \"$@\"; }}; {line}")).await.succeeds().stdout
    };
    let origin = git("git --version").await.trim().replace("version ", "");
    git(PREPARED).await;
    let (mut commands, address) = (Vec::new(), tap.url().replace("http://", ""));
    for (name, line) in COMMANDS {
        tap.clear();
        git(line).await;
        commands.push(Command::of(name, &tap.exchanges(), docs.token(), &address));
    }
    Recording { origin: format!("{origin}, recorded"), commands }
}

/// Sends what was kept, and holds each answer against the one that was kept with it; gives all answers of each command.
async fn replay(recording: &Recording, gateway: &TestGateway, agent: &Agent) -> Vec<Vec<Message>> {
    let address = gateway.door.address.to_string();
    let mut answers = Vec::new();
    for command in &recording.commands {
        let mut line = TcpStream::connect(&address).await.expect("the gateway listens");
        let mut heard = Vec::new();
        for kept in &command.exchanges {
            let request = kept.message(agent.token(), &address);
            let answer = timeout(PATIENCE, ask(&mut line, &request)).await.expect("an answer in time");
            assert_eq!(answered(&answer), kept.answer, "{}: {}", command.name, request.first_line());
            heard.push(answer);
        }
        answers.push(heard);
    }
    answers
}

/// Sends one request, its body only if the gateway says that it will take it where that is asked (RFC 9110 §10.1.1), and hears the answer.
async fn ask(line: &mut TcpStream, request: &Message) -> Message {
    let (bytes, body) = (request.bytes(), request.body.len());
    let (head, body) = bytes.split_at(bytes.len() - body);
    line.write_all(head).await.expect("the gateway takes it");
    if request.header("expect") == Some("100-continue") {
        let answer = hear(line).await;
        if !answer.is_interim() {
            return answer;
        }
    }
    line.write_all(body).await.expect("the gateway takes it");
    hear(line).await
}

async fn hear(line: &mut TcpStream) -> Message {
    let mut bytes = Vec::new();
    loop {
        if let Some((answer, rest)) = Message::first(&bytes) {
            assert!(rest.is_empty(), "more was said than asked for");
            return answer;
        }
        assert_ne!(line.read_buf(&mut bytes).await.expect("an answer"), 0, "the connection was closed");
    }
}

/// The commit the last push of a recording names.
fn pushed(recording: &Recording) -> String {
    let requests = recording.commands.iter().flat_map(|command| &command.exchanges).rev();
    let lists = requests.filter(|kept| kept.request[0].contains("/git-receive-pack ")).filter_map(|kept| {
        match CommandParser::new().feed(&kept.message("", "").content()).ok()? {
            Progress::Complete { commands, .. } => commands.updates.first().map(|update| update.new.to_string()),
            _ => None,
        }
    });
    lists.take(1).collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn what_a_newer_git_sends_is_answered_as_it_was_when_it_was_recorded() {
    let (recording, gateway) = (Recording::kept(), TestGateway::start().await);
    let docs = gateway.agent("docs-writer").await;
    let answers = replay(&recording, &gateway, &docs).await;
    assert_eq!(gateway.forge.tip("acme/handbook", BRANCH).await, pushed(&recording));
    let last = |command: usize| answers[command].last().expect("an answer").content();
    for (command, said) in
        [(0, "ok refs/heads/agents/recorded"), (1, "PACK"), (2, "ok refs/heads/agents/recorded"), (3, "PACK")]
    {
        assert!(holds(&last(command), said.as_bytes()), "{}: no {said:?}", COMMANDS[command].0);
    }
}

#[tokio::test]
async fn what_a_newer_git_sends_is_refused_with_a_reason_when_its_token_is_revoked() {
    let (recording, gateway) = (Recording::kept(), TestGateway::start().await);
    let docs = gateway.agent("docs-writer").await;
    gateway.nobody().revoke(&docs).await.is(200);
    let address = gateway.door.address.to_string();
    let bearers = recording.commands.iter().flat_map(|command| &command.exchanges).filter(|kept| kept.is_authorized());
    for kept in bearers {
        let mut line = TcpStream::connect(&address).await.expect("the gateway listens");
        let answer = ask(&mut line, &kept.message(docs.token(), &address)).await;
        assert!(answered(&answer).starts_with("401"), "{}", answer.first_line());
        assert!(holds(&answer.content(), b"token-revoked"), "{}", answer.first_line());
    }
    assert!(gateway.forge.forwarded().is_empty());
}

#[tokio::test]
async fn a_push_may_come_compressed_as_jgit_sends_it() {
    let (mut recording, gateway) = (Recording::kept(), TestGateway::start().await);
    let tip = pushed(&recording);
    let pushes = recording.commands[2].exchanges.iter_mut().filter(|kept| kept.request[0].starts_with("POST "));
    pushes.for_each(Kept::compress);
    replay(&recording, &gateway, &gateway.agent("docs-writer").await).await;
    assert_eq!(gateway.forge.tip("acme/handbook", BRANCH).await, tip);
    assert!(gateway.forge.forwarded().iter().all(|arrival| !arrival.headers.contains_key("content-encoding")));
}

#[test]
fn the_recording_holds_what_only_a_newer_git_sends() {
    let recording = Recording::kept();
    assert!(recording.origin.starts_with("git 2.4"), "{}", recording.origin);
    let kept: Vec<_> = recording.commands.iter().flat_map(|command| &command.exchanges).collect();
    let sent: Vec<_> = kept.iter().map(|kept| kept.message("", "")).collect();
    assert!(kept.iter().filter(|kept| kept.is_authorized()).count() > 6, "bearers");
    assert!(sent.iter().any(|message| message.body == b"0000"), "the probe");
    assert!(sent.iter().any(|message| message.is_chunked() && message.content().len() > 1_300_000), "a large push");
    assert!(sent.iter().any(|message| message.header("git-protocol") == Some("version=2")), "the wish for version 2");
    assert!(sent.iter().any(|message| holds(&message.content(), b"have ")), "what the caller has");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "cargo xtask verify clients"]
async fn what_was_recorded_is_what_the_newer_git_sends_today() {
    let today = record().await;
    if today.content() != Recording::kept().content() {
        today.keep();
    }
    let gateway = TestGateway::start().await;
    replay(&today, &gateway, &gateway.agent("docs-writer").await).await;
}
