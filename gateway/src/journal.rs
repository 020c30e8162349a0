//! What was intended, and what came of it.
//!
//! ```text
//!  intend ──┐                       ┌─ one transaction ─┐
//!  refuse ──┼─► bounded queue ─► writer ─► store        ├─► whoever waits for the commit
//!  issue  ──┤        ▲               └─ group commit ───┘
//!  conclude ┘  a place kept since `intend`
//! ```
//!
//! Nothing mutating is forwarded, and no token is handed out, before its record is on the disk. A record is never
//! touched again: its outcome is a row of its own, and a permit without one is shown as *unknown*, never as a permit.
//!
//! While the store fails, everything that would need a record is refused with `journal-unavailable`; what had been taken
//! before is kept and written when the store is back.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use gogs_spanner_capability::{AgentName, Reason};
use jiff::Timestamp;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::{
    clock::SharedClock,
    refuse::Refusal,
    request::{Door, RequestId},
    store::{Appended, Entry, Key, Records, SingleUse, StoreError},
};

mod budget;
mod group;
mod intent;
mod record;
mod search;
mod tally;
mod writer;

#[cfg(test)]
mod tests;

pub use intent::Intent;
pub use record::{Record, Verdict};
pub use search::{AuditLine, Outcome, Search};

use budget::Budget;
use group::Message;
use tally::Tally;
use writer::Writer;

/// Messages the queue holds, those kept for outcomes included: two for each request that is under way, so 8,192 at once.
const QUEUE: usize = 16_384;

/// How long a caller waits for a commit before it is refused.
const DURABLE_WITHIN: Duration = Duration::from_secs(2);

/// How long a shutdown may take to write what is queued.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// What is written beside the record of an issuance, with what it was issued for: by then the token is signed and proven, and
/// goes out next.
const ISSUED: &str = "issued";

/// When a record has to be on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Before anything is forwarded: whatever mutates, and every read that can carry a repository away.
    BeforeForward,
    /// Within 200 ms: other reads.
    Soon,
}

/// The door to the journal; clones share one queue and one writer.
#[derive(Clone)]
pub struct Journal {
    queue: mpsc::Sender<Message>,
    records: Arc<dyn Records>,
    clock: SharedClock,
    ordinal: Arc<AtomicU32>,
    failing: Arc<AtomicBool>,
    tally: Arc<Tally>,
    budget: Arc<Budget>,
}

impl Journal {
    /// Starts the writer; it ends with [`stop`](Self::stop), or with the last clone.
    pub fn start(records: Arc<dyn Records>, clock: SharedClock) -> Self {
        let (queue, messages) = mpsc::channel(QUEUE);
        let failing = Arc::<AtomicBool>::default();
        let tally = Arc::<Tally>::default();
        let writer = Writer::new(messages, records.clone(), clock.clone(), failing.clone(), tally.clone());
        tokio::spawn(writer.run());
        Self { queue, records, clock, ordinal: Arc::default(), failing, tally, budget: Arc::default() }
    }

    /// Records what is about to be done, and keeps a place in the queue for what will have come of it.
    ///
    /// Refuses with `journal-unavailable` where it cannot be made durable within 2 s, or where there is no place. While
    /// the store fails a record that could be written soon is waited for as well.
    pub async fn intend(&self, records: Vec<Record>, durability: Durability) -> Result<Intent, Refusal> {
        let place = self.place()?;
        let outcome = self.place()?;
        let keyed = self.keyed(records);
        let keys = keyed.iter().map(|(key, _)| *key).collect();
        let entries = keyed.into_iter().map(|(key, record)| entry(key, record)).collect();
        if durability == Durability::Soon && !self.is_failing() {
            place.send(Message::soon(entries));
            return Ok(Intent::new(keys, None, outcome, self.clock.clone()));
        }
        let appended = self.durable(place, entries).await?;
        Ok(Intent::new(keys, appended.first().and_then(number), outcome, self.clock.clone()))
    }

    /// Records the refusal of a request whose token, narrowed so many times, was verified. Never blocks: where the budget of
    /// tokens like it, of this agent for this person, is used up, or there is no place in the queue, the refusals are counted
    /// instead, as those of unknown callers are.
    pub fn refuse(&self, records: Vec<Record>, narrowed: usize) {
        let now = self.clock.now();
        let fits = |record: &Record| record.doer().is_none_or(|doer| self.budget.take(&doer, narrowed, now));
        let (records, beyond): (Vec<_>, Vec<_>) = records.into_iter().partition(fits);
        for record in &beyond {
            self.count(record);
        }
        if records.is_empty() {
            return;
        }
        let keyed = self.keyed(records);
        match self.place() {
            Ok(place) => {
                place.send(Message::soon(keyed.into_iter().map(|(key, record)| entry(key, record)).collect()));
            }
            Err(_) => keyed.iter().for_each(|(_, record)| self.count(record)),
        }
    }

    /// Counts a request without a verified token: one record a minute and reason, so that strangers cannot fill the disk.
    pub fn turn_away(&self, reason: Reason, door: Door) {
        self.tally.count(None, reason, door);
    }

    /// Refuses a proof that was used up before with `assertion-replayed`. One that is used up just now is met by
    /// [`issue`](Self::issue).
    pub async fn refuse_used(&self, proof: &SingleUse) -> Result<(), Refusal> {
        let is_used = self.records.is_used(proof).await.map_err(unavailable)?;
        if is_used { Err(Refusal::new(Reason::AssertionReplayed)) } else { Ok(()) }
    }

    /// Records that a token is handed out, and in the same transaction uses up the proof it is given for; answers with
    /// the record's number. The token may go out only after this.
    ///
    /// Refuses with `assertion-replayed` where the proof was used before, with `journal-unavailable` otherwise.
    pub async fn issue(&self, record: Record, single_use: Option<SingleUse>) -> Result<u64, Refusal> {
        let key = self.key(record.request_id);
        let record = Box::new(record.plain());
        let result = record.truth.as_ref().map_or_else(|| ISSUED.to_owned(), |truth| format!("{ISSUED} by {truth}"));
        let issuance = Entry::Record { key, record, result: Some(result), single_use };
        match self.durable(self.place()?, vec![issuance]).await?.first() {
            Some(Appended::Recorded(seq)) => Ok(*seq),
            Some(Appended::Replayed) => Err(Refusal::new(Reason::AssertionReplayed)),
            _ => Err(unavailable("the store gave the record no number")),
        }
    }

    /// The lines a search finds, in the order they were written. What was taken before is written first, so a caller
    /// finds its own doings.
    pub async fn search(&self, search: &Search) -> Result<Vec<AuditLine>, StoreError> {
        self.flush().await;
        self.records.search(search).await
    }

    /// When the agent was last heard of, as far as that is written.
    pub async fn last_of(&self, agent: &AgentName) -> Result<Option<Timestamp>, StoreError> {
        let search = Search { agent: Some(agent.to_string()), limit: Some(1), ..Search::default() };
        Ok(self.records.search(&search).await?.first().map(|line| line.time))
    }

    /// Whether the last attempt to write failed.
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Writes what is queued and takes nothing more; says whether all of it was written. What concludes later stays
    /// *unknown*.
    pub async fn stop(&self) -> bool {
        let (stopped, written) = oneshot::channel();
        let asked = timeout(STOP_WITHIN, async {
            self.queue.send(Message::Stop(stopped)).await.ok()?;
            written.await.ok()
        });
        asked.await.ok().flatten().unwrap_or(false)
    }

    /// Waits, no longer than a caller would, until what is queued is written. A store that fails says so itself when it
    /// is searched.
    async fn flush(&self) {
        if let Ok(place) = self.place() {
            drop(self.durable(place, Vec::new()).await);
        }
    }

    fn place(&self) -> Result<mpsc::OwnedPermit<Message>, Refusal> {
        self.queue.clone().try_reserve_owned().map_err(|error| unavailable(format!("the journal's queue: {error}")))
    }

    async fn durable(&self, place: mpsc::OwnedPermit<Message>, entries: Vec<Entry>) -> Result<Vec<Appended>, Refusal> {
        let (message, written) = Message::waiting(entries);
        place.send(message);
        match timeout(DURABLE_WITHIN, written).await {
            Ok(Ok(answer)) => answer.map_err(unavailable),
            Ok(Err(_)) => Err(unavailable("the journal's writer has stopped")),
            Err(_) => Err(unavailable(format!("no commit within {DURABLE_WITHIN:?}"))),
        }
    }

    fn keyed(&self, records: Vec<Record>) -> Vec<(Key, Record)> {
        records.into_iter().map(|record| (self.key(record.request_id), record.plain())).collect()
    }

    /// One running number for all requests, so that two calls for one request never meet.
    fn key(&self, request_id: RequestId) -> Key {
        Key { request_id, ordinal: self.ordinal.fetch_add(1, Ordering::Relaxed) }
    }

    fn count(&self, record: &Record) {
        if let Some(reason) = record.verdict.reason() {
            self.tally.count(record.agent.as_ref(), reason, record.door);
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("failing", &self.is_failing()).finish_non_exhaustive()
    }
}

fn entry(key: Key, record: Record) -> Entry {
    Entry::Record { key, record: Box::new(record), result: None, single_use: None }
}

const fn number(appended: &Appended) -> Option<u64> {
    match appended {
        Appended::Recorded(seq) => Some(*seq),
        Appended::Replayed | Appended::Concluded => None,
    }
}

fn unavailable(truth: impl fmt::Display) -> Refusal {
    Refusal::new(Reason::JournalUnavailable).truly(truth)
}
