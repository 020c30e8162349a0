//! Writing a group of the journal: one transaction, a few statements, however many entries it has.

use std::collections::{HashMap, HashSet, hash_map};

use async_trait::async_trait;
use gogs_spanner_capability::{AgentName, Reason};
use jiff::{SignedDuration, Timestamp};
use sqlx::{QueryBuilder, Row, SqliteConnection};

use super::{Sqlite, bounded, corrupt, micros, search};
use crate::{
    journal::{AuditLine, Record, Search},
    store::{Appended, Entry, Key, Records, Result, SingleUse, sql},
};

/// Rows of one INSERT: fourteen values each, and SQLite takes 32,766 (<https://sqlite.org/limits.html>, 9).
const ROWS: usize = 1000;

/// How much longer than it could be accepted a proof is remembered, so that a clock set back revives none.
const REMEMBER_LONGER: SignedDuration = SignedDuration::from_hours(24);

/// Where a decision was written, by its identity.
type Numbers = HashMap<(String, u32), u64>;

#[async_trait]
impl Records for Sqlite {
    async fn append(&self, entries: &[Entry]) -> Result<Vec<Appended>> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        bounded(async {
            let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
            let replayed = take_proofs(&mut transaction, entries).await?;
            let numbers = write_records(&mut transaction, entries, &replayed).await?;
            write_outcomes(&mut transaction, entries, &replayed).await?;
            transaction.commit().await?;
            entries.iter().map(|entry| appended(entry, &replayed, &numbers)).collect()
        })
        .await
    }

    async fn is_used(&self, proof: &SingleUse) -> Result<bool> {
        let taken = sqlx::query_scalar(sql::PROOF_TAKEN_BY).bind(&proof.digest[..]);
        bounded(async {
            let by: Option<String> = taken.fetch_optional(&self.pool).await?;
            Ok(by.is_some())
        })
        .await
    }

    async fn search(&self, search: &Search) -> Result<Vec<AuditLine>> {
        bounded(search::lines(&self.pool, search)).await
    }
}

/// Takes every proof the entries use up, and says whose proofs had been taken by another request.
async fn take_proofs(connection: &mut SqliteConnection, entries: &[Entry]) -> Result<HashSet<Key>> {
    let mut replayed = HashSet::new();
    for (key, at, proof) in entries.iter().filter_map(used_up) {
        let request = key.request_id.to_string();
        sqlx::query(sql::PRUNE_PROOFS).bind(micros(at)).execute(&mut *connection).await?;
        sqlx::query(sql::TAKE_PROOF)
            .bind(&proof.digest[..])
            .bind(&request)
            .bind(micros(proof.until + REMEMBER_LONGER))
            .execute(&mut *connection)
            .await?;
        let holder: String =
            sqlx::query_scalar(sql::PROOF_TAKEN_BY).bind(&proof.digest[..]).fetch_one(&mut *connection).await?;
        if holder != request {
            replayed.insert(key);
        }
    }
    Ok(replayed)
}

fn used_up(entry: &Entry) -> Option<(Key, Timestamp, &SingleUse)> {
    match entry {
        Entry::Record { key, record, single_use: Some(proof), .. } => Some((*key, record.time, proof)),
        _ => None,
    }
}

async fn write_records(
    connection: &mut SqliteConnection,
    entries: &[Entry],
    replayed: &HashSet<Key>,
) -> Result<Numbers> {
    let decisions: Vec<_> = entries.iter().filter_map(decision).filter(|(key, _)| !replayed.contains(key)).collect();
    let mut numbers = Numbers::with_capacity(decisions.len());
    for rows in decisions.chunks(ROWS) {
        insert_records(connection, rows, &mut numbers).await?;
    }
    for (key, _) in decisions {
        number_again(connection, key, &mut numbers).await?;
    }
    Ok(numbers)
}

fn decision(entry: &Entry) -> Option<(Key, &Record)> {
    match entry {
        Entry::Record { key, record, .. } => Some((*key, record)),
        Entry::Outcome { .. } => None,
    }
}

async fn insert_records(
    connection: &mut SqliteConnection,
    rows: &[(Key, &Record)],
    numbers: &mut Numbers,
) -> Result<()> {
    let mut statement = QueryBuilder::new(sql::RECORD);
    statement.push_values(rows, |mut row, (key, record)| {
        row.push_bind(key.request_id.to_string())
            .push_bind(key.ordinal)
            .push_bind(micros(record.time))
            .push_bind(record.trace_id.as_deref())
            .push_bind(record.door.as_str())
            .push_bind(record.agent.as_ref().map(AgentName::as_str))
            .push_bind(record.on_behalf_of.as_deref())
            .push_bind(record.action.as_str())
            .push_bind(record.repository.as_str())
            .push_bind(record.reference.as_deref())
            .push_bind(serde_json::Value::from(record.paths.as_slice()).to_string())
            .push_bind(record.verdict.reason().map(Reason::code))
            .push_bind(record.truth.as_deref())
            .push_bind(record.token.as_ref().map(ToString::to_string));
    });
    statement.push(sql::UNLESS_RECORDED);
    for row in statement.build().persistent(false).fetch_all(connection).await? {
        let seq: i64 = row.try_get("seq")?;
        numbers.insert((row.try_get("request_id")?, row.try_get("ordinal")?), seq.unsigned_abs());
    }
    Ok(())
}

/// An entry that had been written before gives back no row: the number it got then is asked for.
async fn number_again(connection: &mut SqliteConnection, key: Key, numbers: &mut Numbers) -> Result<()> {
    if let hash_map::Entry::Vacant(place) = numbers.entry((key.request_id.to_string(), key.ordinal)) {
        let (request, ordinal) = place.key();
        let query = sqlx::query_scalar(sql::RECORDED_AS).bind(request.as_str()).bind(ordinal);
        let seq: i64 = query.fetch_one(connection).await?;
        place.insert(seq.unsigned_abs());
    }
    Ok(())
}

async fn write_outcomes(connection: &mut SqliteConnection, entries: &[Entry], replayed: &HashSet<Key>) -> Result<()> {
    let outcomes: Vec<_> = entries.iter().filter_map(outcome).filter(|(key, ..)| !replayed.contains(key)).collect();
    for rows in outcomes.chunks(ROWS) {
        let mut statement = QueryBuilder::new(sql::OUTCOME);
        statement.push_values(rows, |mut row, (key, at, result)| {
            row.push_bind(key.request_id.to_string()).push_bind(key.ordinal).push_bind(micros(*at)).push_bind(*result);
        });
        statement.push(sql::UNLESS_CONCLUDED);
        statement.build().persistent(false).execute(&mut *connection).await?;
    }
    Ok(())
}

fn outcome(entry: &Entry) -> Option<(Key, Timestamp, &str)> {
    match entry {
        Entry::Record { key, record, result: Some(result), .. } => Some((*key, record.time, result)),
        Entry::Record { result: None, .. } => None,
        Entry::Outcome { of, at, result } => Some((*of, *at, result)),
    }
}

fn appended(entry: &Entry, replayed: &HashSet<Key>, numbers: &Numbers) -> Result<Appended> {
    let Entry::Record { key, .. } = entry else { return Ok(Appended::Concluded) };
    if replayed.contains(key) {
        return Ok(Appended::Replayed);
    }
    let number = numbers.get(&(key.request_id.to_string(), key.ordinal));
    number.map(|seq| Appended::Recorded(*seq)).ok_or_else(|| corrupt("a record without a number"))
}
