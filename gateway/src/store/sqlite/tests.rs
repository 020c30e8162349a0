//! What is SQLite's own: the file, its owner, and how it fails.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Instant};

use gogs_spanner_capability::token::RevocationId;
use jiff::Timestamp;
use sqlx::Executor;
use tempfile::TempDir;

use super::*;
use crate::store::{Locks, People, Revocations};

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("spanner.db");
    (directory, path)
}

fn id() -> RevocationId {
    RevocationId::from_bytes(&[1; 64]).unwrap()
}

async fn revoke(store: &Sqlite) -> Result<()> {
    Revocations::add(store, &id(), Timestamp::UNIX_EPOCH, Timestamp::MAX).await
}

#[tokio::test]
async fn a_store_opened_again_holds_what_was_written() {
    let (_directory, path) = place();
    let store = Sqlite::open(&path).await.unwrap();
    revoke(&store).await.unwrap();
    store.close().await;
    drop(store);
    let again = Sqlite::open(&path).await.unwrap();
    assert_eq!(Revocations::all(&again).await.unwrap(), [id()]);
}

#[tokio::test]
async fn a_store_has_one_owner_at_a_time() {
    let (_directory, path) = place();
    let owner = Sqlite::open(&path).await.unwrap();
    assert!(matches!(Sqlite::open(&path).await, Err(StoreError::Owned(_))));
    drop(owner);
    Sqlite::open(&path).await.unwrap();
}

#[tokio::test]
async fn only_its_owner_can_read_the_files() {
    let (directory, path) = place();
    let store = Sqlite::open(&path).await.unwrap();
    revoke(&store).await.unwrap();
    for file in fs::read_dir(directory.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", file.path().display());
    }
}

#[tokio::test]
async fn a_commit_is_on_the_disk_before_it_is_answered() {
    let (_directory, path) = place();
    let store = Sqlite::open(&path).await.unwrap();
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&store.pool).await.unwrap();
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&store.pool).await.unwrap();
    assert_eq!((synchronous, journal.as_str()), (2, "wal"), "2 is FULL");
}

#[tokio::test]
async fn a_locked_file_is_an_error_within_two_seconds_and_mends_itself() {
    let (_directory, path) = place();
    let store = Sqlite::open(&path).await.unwrap();
    let mut stranger = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    stranger.execute("BEGIN IMMEDIATE").await.unwrap();

    let asked = Instant::now();
    assert!(matches!(revoke(&store).await, Err(StoreError::Unavailable(_))));
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());

    stranger.execute("ROLLBACK").await.unwrap();
    revoke(&store).await.unwrap();
}

#[tokio::test]
async fn a_record_can_be_neither_changed_nor_removed() {
    let (_directory, path) = place();
    let store = Sqlite::open(&path).await.unwrap();
    let rows = "INSERT INTO record (request_id, ordinal, time, door, action, repository, paths) \
        VALUES ('r', 0, 0, 'git', 'ref:update', 'a/b', '[]'); \
        INSERT INTO outcome (request_id, ordinal, time, result) VALUES ('r', 0, 0, '200')";
    store.pool.execute(sqlx::raw_sql(rows)).await.unwrap();
    let tampering = [
        "UPDATE record SET agent = 'x'",
        "DELETE FROM record",
        "UPDATE outcome SET result = 'x'",
        "DELETE FROM outcome",
    ];
    for statement in tampering {
        let refused = store.pool.execute(statement).await.unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn a_file_of_garbage_is_not_taken_for_a_store() {
    let (_directory, path) = place();
    fs::write(&path, "not a database, but long enough to have a header of its own".repeat(100)).unwrap();
    assert!(matches!(Sqlite::open(&path).await, Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn tables_of_a_later_version_are_left_alone() {
    let (_directory, path) = place();
    let store = Sqlite::open(&path).await.unwrap();
    store.pool.execute("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1").await.unwrap();
    store.close().await;
    drop(store);
    assert!(matches!(Sqlite::open(&path).await, Err(StoreError::Schema(_))));
}

#[tokio::test]
async fn locks_and_names_of_before_hold_whoever_they_held() {
    let (_directory, path) = place();
    let before = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = SqlitePoolOptions::new().connect_with(before).await.unwrap();
    migrator(&MIGRATIONS[..5]).run(&pool).await.unwrap();
    let rows = "INSERT INTO person (name, issuer, subject, claims, met, seen) VALUES \
        ('a@example.com', 'https://i', '00U1', '{}', 0, 1), ('00U1', 'https://i', '00U1', '{}', 0, 2), \
        ('AbC', 'https://i', 'AbC', '{}', 0, 1), ('b@example.com', 'https://i', '00U2', '{}', 0, 1); \
        INSERT INTO holder_lock (kind, name, locked, by) VALUES ('agent', 'ci-web', 0, 'uid:0'), \
        ('person', '00U1', 0, 'uid:0'), ('person', 'AbC', 0, 'uid:0'), ('person', 'never', 0, 'uid:0')";
    pool.execute(sqlx::raw_sql(rows)).await.unwrap();
    pool.close().await;
    let store = Sqlite::open(&path).await.unwrap();
    let mut locks = Locks::all(&store).await.unwrap();
    locks.sort_by(|one, other| one.holder.cmp(&other.holder));
    let held = locks.iter().map(|lock| {
        let subjects: Vec<_> = lock.identities.iter().map(|identity| identity.subject.as_str()).collect();
        (lock.holder.to_string(), subjects)
    });
    let expected = [("agent ci-web", vec![]), ("person 00u1", vec!["00U1"]), ("person abc", vec!["AbC"])];
    let expected = expected.into_iter().chain([("person never", vec![])]);
    assert!(held.eq(expected.map(|(holder, subjects)| (holder.to_owned(), subjects))), "{locks:?}");
    let former = People::all(&store).await.unwrap().into_iter().filter(|met| !met.is_current);
    assert_eq!(former.map(|met| met.person.name).collect::<Vec<_>>(), ["a@example.com"]);
}
