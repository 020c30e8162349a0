//! The embedded store: one file, one owner, every commit on the disk before it is answered.

use std::{
    fs::{File, OpenOptions, TryLockError},
    future::Future,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    ConnectOptions, SqlSafeStr, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{ANSWER_WITHIN, Result, StoreError};

mod people;
mod records;
mod search;
mod spendings;
mod state;

#[cfg(test)]
mod tests;

/// How long SQLite itself waits for a lock another connection holds, well under [`ANSWER_WITHIN`].
const BUSY_FOR: Duration = Duration::from_secs(1);

/// One connection writes at a time; the others let searches and look-ups read meanwhile (WAL).
const CONNECTIONS: u32 = 4;

/// Result codes of SQLite that mean a damaged file: `SQLITE_CORRUPT` and `SQLITE_NOTADB` (<https://sqlite.org/rescode.html>).
const DAMAGED: [&str; 2] = ["11", "26"];

/// Every migration there ever was; a released one is never edited.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "start", include_str!("../../migrations/sqlite/0001_start.sql")),
    (2, "identity", include_str!("../../migrations/sqlite/0002_identity.sql")),
    (3, "spending", include_str!("../../migrations/sqlite/0003_spending.sql")),
    (4, "cutoff", include_str!("../../migrations/sqlite/0004_cutoff.sql")),
    (5, "people", include_str!("../../migrations/sqlite/0005_people.sql")),
    (6, "locks and former names", include_str!("../../migrations/sqlite/0006_locks_and_former_names.sql")),
    (7, "freed from a lock", include_str!("../../migrations/sqlite/0007_freed_from_a_lock.sql")),
];

/// A store in one file.
#[derive(Debug)]
pub struct Sqlite {
    pool: SqlitePool,
    /// Held as long as the store is open; the kernel lets go of it however the process ends.
    owner: File,
}

impl Sqlite {
    /// Opens the store in `path`, making it where there is none, and brings its tables up to date.
    ///
    /// The lock lies in a file beside it: SQLite's own exclusive mode would lock out our own readers.
    pub async fn open(path: &Path) -> Result<Self> {
        let owner = own(path)?;
        create_private(path).map_err(|error| StoreError::Unavailable(format!("{}: {error}", path.display())))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_FOR)
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ANSWER_WITHIN)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await?;
        migrator(MIGRATIONS).run(&pool).await.map_err(|error| StoreError::Schema(error.to_string()))?;
        Ok(Self { pool, owner })
    }

    /// Ends all connections, so that the write-ahead log is folded into the file, and lets go of the store: whoever still
    /// holds this value is told that it is closed.
    pub async fn close(&self) {
        self.pool.close().await;
        if let Err(error) = self.owner.unlock() {
            tracing::warn!(%error, "the store's lock could not be let go of; it ends with this process");
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => Self::Taken,
            sqlx::Error::Database(cause) if cause.code().is_some_and(|code| DAMAGED.contains(&code.as_ref())) => {
                Self::Corrupt(error.to_string())
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound => {
                Self::Corrupt(error.to_string())
            }
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

/// Takes the lock that says who owns the store.
fn own(path: &Path) -> Result<File> {
    let lock = lock_path(path);
    let failed = |error: std::io::Error| StoreError::Unavailable(format!("{}: {error}", lock.display()));
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&lock).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Owned(lock)),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Makes the file readable by its owner only; SQLite gives its log and index files the mode of the database.
fn create_private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path).map(drop)
}

fn migrator(migrations: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(migrations.iter().map(migration).collect())
}

/// Gives up on work that takes too long. What was under way is rolled back, or persists all the same if its commit had
/// begun: every write is such that it may be written again.
async fn bounded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(ANSWER_WITHIN, work)
        .await
        .unwrap_or_else(|_| Err(StoreError::Unavailable(format!("no answer within {ANSWER_WITHIN:?}"))))
}

/// A time as the tables hold it.
fn micros(at: jiff::Timestamp) -> i64 {
    at.as_microsecond()
}

/// A time the tables hold.
fn time(micros: i64) -> Result<jiff::Timestamp> {
    jiff::Timestamp::from_microsecond(micros).map_err(corrupt)
}

fn corrupt(error: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(error.to_string())
}
