//! Reading the journal back.

use sqlx::{QueryBuilder, Row, Sqlite, SqlitePool, sqlite::SqliteRow};

use super::{corrupt, micros, time};
use crate::{
    journal::{AuditLine, Outcome, Search},
    store::{Result, sql},
};

/// The lines a search finds, in the order they were written.
pub(super) async fn lines(pool: &SqlitePool, search: &Search) -> Result<Vec<AuditLine>> {
    let mut query = QueryBuilder::new(sql::LINES);
    narrow(&mut query, search);
    let newest_first = search.after_seq.is_none();
    query.push(if newest_first { " ORDER BY r.seq DESC" } else { " ORDER BY r.seq" });
    query.push(" LIMIT ").push_bind(i64::from(search.lines()));

    let rows = query.build().persistent(false).fetch_all(pool).await?;
    let mut lines: Vec<AuditLine> = rows.iter().map(line).collect::<Result<_>>()?;
    if newest_first {
        lines.reverse();
    }
    Ok(lines)
}

fn narrow(query: &mut QueryBuilder<Sqlite>, search: &Search) {
    let texts = [
        (" AND r.agent = ", &search.agent),
        (" AND r.action = ", &search.action),
        (" AND r.reason = ", &search.reason),
        (" AND r.request_id = ", &search.request),
    ];
    for (condition, value) in texts {
        if let Some(value) = value {
            query.push(condition).push_bind(value.clone());
        }
    }
    if let Some(repository) = &search.repository {
        query.push(" AND r.repository = ").push_bind(repository.to_ascii_lowercase());
    }
    if let Some(since) = search.since {
        query.push(" AND r.time >= ").push_bind(micros(since));
    }
    if let Some(until) = search.until {
        query.push(" AND r.time < ").push_bind(micros(until));
    }
    if let Some(seq) = search.after_seq {
        query.push(" AND r.seq > ").push_bind(i64::try_from(seq).unwrap_or(i64::MAX));
    }
    query.push(match search.outcome {
        None => "",
        Some(Outcome::Permit) => sql::PERMITTED,
        Some(Outcome::Refuse) => sql::REFUSED,
        Some(Outcome::Unknown) => sql::UNKNOWN,
    });
}

fn line(row: &SqliteRow) -> Result<AuditLine> {
    let paths: String = row.try_get("paths")?;
    let reason: Option<String> = row.try_get("reason")?;
    let outcome = match (&reason, row.try_get("concluded")?) {
        (Some(_), _) => Outcome::Refuse,
        (None, true) => Outcome::Permit,
        (None, false) => Outcome::Unknown,
    };
    Ok(AuditLine {
        seq: row.try_get::<i64, _>("seq")?.unsigned_abs(),
        time: time(row.try_get("time")?)?,
        request_id: row.try_get("request_id")?,
        trace_id: row.try_get("trace_id")?,
        agent: row.try_get("agent")?,
        on_behalf_of: row.try_get("on_behalf_of")?,
        action: row.try_get("action")?,
        repository: row.try_get("repository")?,
        reference: row.try_get("ref")?,
        paths: serde_json::from_str(&paths).map_err(corrupt)?,
        outcome,
        reason,
        result: row.try_get("result")?,
        token: row.try_get("token")?,
    })
}
