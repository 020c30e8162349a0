//! The journal over the embedded store, in real time: Tokio's paused clock would not wait for SQLite's threads.

use std::path::Path;

use sqlx::{ConnectOptions, Executor, sqlite::SqliteConnectOptions};

use super::*;
use crate::store::Sqlite;

async fn open(path: &Path) -> Fixture<Sqlite> {
    let store = Arc::new(Sqlite::open(path).await.unwrap());
    Fixture::over(store)
}

#[tokio::test]
async fn the_trail_outlives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("spanner.db");
    let before = open(&path).await;
    let done = before.intend(Durability::BeforeForward).await.unwrap();
    let left = before.intend(Durability::BeforeForward).await.unwrap();
    done.conclude(&said(&["200"]));
    drop(left);
    assert!(before.journal.stop().await);
    before.store.close().await;
    drop(before);

    let after = open(&path).await;
    let expected = [(Outcome::Permit, Some("200".to_owned())), (Outcome::Unknown, None)];
    assert_eq!(after.outcomes().await, expected);
    let next = after.intend(Durability::BeforeForward).await.unwrap();
    assert_eq!(next.seq(), Some(3), "numbers go on without a gap");
}

#[tokio::test]
async fn what_is_intended_survives_a_process_that_ends_without_a_word() {
    let directory = tempfile::tempdir().unwrap();
    let (path, copy) = (directory.path().join("spanner.db"), directory.path().join("after.db"));
    let running = open(&path).await;
    let intent = running.intend(Durability::BeforeForward).await.unwrap();
    // What lies on the disk at this moment is what a killed process leaves.
    for suffix in ["", "-wal"] {
        let name = |path: &Path| format!("{}{suffix}", path.display());
        std::fs::copy(name(&path), name(&copy)).unwrap();
    }
    let after = open(&copy).await;
    assert_eq!(after.outcomes().await, [(Outcome::Unknown, None)]);
    drop(intent);
}

#[tokio::test]
async fn a_locked_store_refuses_within_two_seconds_and_mends_without_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("spanner.db");
    let fixture = open(&path).await;
    let mut stranger = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    stranger.execute("BEGIN IMMEDIATE").await.unwrap();
    let asked = Instant::now();
    let refused = fixture.intend(Durability::BeforeForward).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::JournalUnavailable);
    assert!(asked.elapsed() <= Duration::from_secs(2), "{:?}", asked.elapsed());

    stranger.execute("ROLLBACK").await.unwrap();
    let mended = Instant::now();
    while fixture.intend(Durability::BeforeForward).await.is_err() {
        assert!(mended.elapsed() < Duration::from_secs(5));
    }
}
