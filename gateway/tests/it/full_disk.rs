//! A disk that is full, really: a small one of its own, on which the spool or the store lies.

use std::path::Path;

use gogs_spanner::journal::Outcome;
use gogs_spanner_testkit::{Caller, Forge, Person, Process, SMALL_DISK, Setting, WRITER, Workspace, noise};
use reqwest::{Method, StatusCode};
use serde_json::json;

const MIB: usize = 1 << 20;
const REPOSITORY: &str = "acme/handbook";
const BRANCH: &str = "refs/heads/agents/x";

/// Where paths are limited, every push is looked into, and so goes through the spool.
const DOCS: &str = r#"[{ actions = ["contents:read"] },
    { actions = ["ref:create", "ref:update"], refs = ["refs/heads/agents/**"], paths = ["docs/**"] }]"#;

/// A gateway whose spool has so many bytes of disk, and a quota that promises far more.
async fn start(forge: &Forge, disk: usize) -> Process {
    let spool = format!("[git]\nspool = \"{SMALL_DISK}/spool\"\n");
    let setting = Setting::new().agent("bot", REPOSITORY, DOCS).and(&spool).small_disk(disk as u64);
    Process::start(Path::new(env!("CARGO_BIN_EXE_spanner")), forge, setting).await.expect("it starts")
}

/// How often something was posted to the end of a path.
fn posted(forge: &Forge, to: &str) -> usize {
    forge.arrivals().iter().filter(|arrival| arrival.method == Method::POST && arrival.target.ends_with(to)).count()
}

fn pushes(forge: &Forge) -> usize {
    posted(forge, "/git-receive-pack")
}

/// A push of so many bytes finds no room, says so, and leaves none of it taken.
async fn is_refused_for_now(disk: usize, push: usize) {
    let forge = Forge::demonstration().await;
    let spanner = start(&forge, disk).await;
    let bot = spanner.agent("bot").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&bot.remote(REPOSITORY)).await;
    handbook.commit("docs/noise", noise(push)).await;
    handbook.push(&[&format!("HEAD:{BRANCH}")]).await.fails().says("spool-full").says("try again");
    assert_eq!(forge.tip(REPOSITORY, BRANCH).await, "");
    assert_eq!(pushes(&forge), 0, "nothing of it reached the forge");
    handbook.git(&["reset", "-q", "--hard", "origin/master"]).await.succeeds();
    let page = handbook.commit("docs/page.md", "small enough").await;
    handbook.push(&[&format!("HEAD:{BRANCH}")]).await.succeeds();
    assert_eq!(forge.tip(REPOSITORY, BRANCH).await, page);
    let trail = spanner.trail().await.expect("a journal");
    let refused = trail.iter().find(|line| line.outcome == Outcome::Refuse).expect("the refusal is on record");
    assert_eq!(refused.reason.as_deref(), Some("spool-full"));
}

#[tokio::test]
async fn a_push_that_fills_the_disk_is_refused_whole() {
    is_refused_for_now(3 * MIB, 8 * MIB).await;
}

#[tokio::test]
async fn a_push_that_fits_and_whose_index_does_not_is_refused_whole() {
    is_refused_for_now(12 * MIB, 8 * MIB).await;
}

#[tokio::test]
async fn a_mirror_that_does_not_fit_is_said_to_be_why() {
    let forge = Forge::demonstration().await;
    let spanner = start(&forge, 3 * MIB).await;
    let workspace = Workspace::new();
    let person = Person::at(&forge, forge.admin_token());
    let theirs = workspace.clone(&person.remote(REPOSITORY)).await;
    theirs.commit("docs/noise", noise(8 * MIB)).await;
    theirs.push(&["HEAD:refs/heads/master"]).await.succeeds();
    let before = pushes(&forge);
    let bot = spanner.agent("bot").await;
    let ours = Workspace::new();
    let handbook = ours.clone(&bot.remote(REPOSITORY)).await;
    handbook.commit("docs/noise", "removed\n").await;
    handbook.push(&[&format!("HEAD:{BRANCH}")]).await.fails().says("spool-full").says("mirror");
    assert_eq!(pushes(&forge), before, "nothing of it reached the forge");
}

/// More writes than any journal on the small disk has room for.
const WRITES: usize = 2_000;

#[tokio::test]
async fn a_journal_that_cannot_be_written_lets_nothing_through_that_it_does_not_hold() {
    let forge = Forge::demonstration().await;
    let store =
        format!("[store]\nurl = \"sqlite://{SMALL_DISK}/spanner.db\"\nsealing_key = {{ file = \"sealing.key\" }}\n");
    let setting = Setting::new().agent("bot", REPOSITORY, WRITER).and(&store).small_disk(MIB as u64);
    let spanner = Process::start(Path::new(env!("CARGO_BIN_EXE_spanner")), &forge, setting).await.expect("it starts");
    let bot = spanner.agent("bot").await;
    let mut done = 0;
    let refused = loop {
        assert!(done < WRITES, "the disk never filled");
        let issue =
            bot.request(Method::POST, "/api/v1/repos/acme/handbook/issues").json(&json!({ "title": "one more" }));
        let answer = issue.send().await.expect("an answer");
        if answer.status() != StatusCode::CREATED {
            break answer;
        }
        done += 1;
    };
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let problem: serde_json::Value = refused.json().await.expect("a problem document");
    assert_eq!(problem["reason"], "journal-unavailable");
    assert_eq!(posted(&forge, "/issues"), done, "what is not on record was not done");
}
