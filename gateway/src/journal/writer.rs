//! The one task that writes: it gathers what the queue holds and commits it as a group.

use std::{
    future, mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    select,
    sync::{mpsc, oneshot},
    time::{Instant, Interval, interval_at, timeout, timeout_at},
};

use super::{
    group::{Group, Message, Transaction},
    tally::Tally,
};
use crate::{
    clock::SharedClock,
    store::{ANSWER_WITHIN, Appended, Records, StoreError},
};

/// How long a record nobody waits for may be gathered with others; half of the 200 ms it has, the commit takes the rest.
const GATHER_FOR: Duration = Duration::from_millis(100);

/// How long after a failed commit what was kept is tried again, when nobody's record has tried the store before.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// How often those turned away are written down.
const TALLY_EVERY: Duration = Duration::from_mins(1);

/// The writing end of the journal.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Receiver<Message>,
    records: Arc<dyn Records>,
    clock: SharedClock,
    failing: Arc<AtomicBool>,
    tally: Arc<Tally>,
    tally_due: Interval,
    group: Group,
    stop: Option<oneshot::Sender<bool>>,
    ended: bool,
}

impl Writer {
    pub(super) fn new(
        queue: mpsc::Receiver<Message>,
        records: Arc<dyn Records>,
        clock: SharedClock,
        failing: Arc<AtomicBool>,
        tally: Arc<Tally>,
    ) -> Self {
        let tally_due = interval_at(Instant::now() + TALLY_EVERY, TALLY_EVERY);
        Self { queue, records, clock, failing, tally, tally_due, group: Group::default(), stop: None, ended: false }
    }

    /// Writes until it is told to stop, or until nobody is left who could write.
    pub(super) async fn run(mut self) {
        while !self.ended {
            self.gather().await;
            self.commit().await;
        }
        self.finish().await;
    }

    /// Waits for something to write, and for what can be written with it.
    async fn gather(&mut self) {
        if self.group.is_empty() {
            select! {
                message = self.queue.recv() => self.take(message),
                _ = self.tally_due.tick() => self.take_tally(),
            }
        }
        let failing = self.failing.load(Ordering::Relaxed);
        let until = Instant::now() + if failing { RETRY_AFTER } else { GATHER_FOR };
        while !self.ended && !self.group.is_urgent() && (failing || !self.group.is_full()) {
            match timeout_at(until, self.next()).await {
                Ok(message) => self.take(message),
                Err(_) => break,
            }
        }
        self.take_waiting();
    }

    /// The next message; none as long as the group is full of what could not be written.
    async fn next(&mut self) -> Option<Message> {
        if self.group.is_full() { future::pending().await } else { self.queue.recv().await }
    }

    /// Takes along whatever stands in the queue already.
    fn take_waiting(&mut self) {
        while !self.group.is_full() {
            match self.queue.try_recv() {
                Ok(message) => self.take(Some(message)),
                Err(_) => break,
            }
        }
    }

    fn take(&mut self, message: Option<Message>) {
        match message {
            Some(Message::Append(entries, answer)) => self.group.add(entries, answer),
            Some(Message::Stop(stopped)) => {
                self.stop = Some(stopped);
                self.ended = true;
            }
            None => self.ended = true,
        }
    }

    fn take_tally(&mut self) {
        self.group.add(self.tally.take(self.clock.now()), None);
    }

    async fn commit(&mut self) {
        let transaction = mem::take(&mut self.group).close();
        if transaction.entries().is_empty() {
            // Nothing was tried, so nothing is learned of the store.
            self.group = transaction.settle(Ok(Vec::new()));
            return;
        }
        let answer = self.append(&transaction).await;
        self.note(answer.as_ref().err());
        self.group = transaction.settle(answer);
    }

    /// Remembers how the last attempt went; says so when it went otherwise than the one before.
    fn note(&self, error: Option<&StoreError>) {
        let failed_before = self.failing.swap(error.is_some(), Ordering::Relaxed);
        match error {
            Some(error) if !failed_before => tracing::error!(%error, "the journal cannot be written"),
            None if failed_before => tracing::info!("the journal is written again"),
            _ => {}
        }
    }

    /// A commit given up on may persist all the same; what is written again then is not written twice.
    async fn append(&self, transaction: &Transaction) -> Result<Vec<Appended>, StoreError> {
        timeout(ANSWER_WITHIN, self.records.append(transaction.entries()))
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable(format!("no commit within {ANSWER_WITHIN:?}"))))
    }

    /// Writes what was queued before the end, and takes nothing more.
    async fn finish(mut self) {
        self.queue.close();
        self.take_tally();
        loop {
            self.take_waiting();
            if self.group.is_empty() {
                break;
            }
            self.commit().await;
            if self.failing.load(Ordering::Relaxed) {
                break;
            }
        }
        if let Some(stopped) = self.stop {
            // Whoever asked may have stopped waiting.
            let _ = stopped.send(self.group.is_empty());
        }
    }
}
