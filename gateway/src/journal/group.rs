//! What is written in one transaction.

use tokio::sync::oneshot;

use crate::store::{Appended, Entry, StoreError};

/// Entries of one transaction, above which no more are gathered. One message may bring more: a push of many refs.
const ENTRIES: usize = 1024;

type Answer = Result<Vec<Appended>, StoreError>;

/// What the writer is asked for.
#[derive(Debug)]
pub(super) enum Message {
    /// Write this, and answer where somebody waits.
    Append(Vec<Entry>, Option<oneshot::Sender<Answer>>),
    /// Write what is queued, say whether that succeeded, and end.
    Stop(oneshot::Sender<bool>),
}

impl Message {
    /// Entries nobody waits for.
    pub(super) const fn soon(entries: Vec<Entry>) -> Self {
        Self::Append(entries, None)
    }

    /// Entries whose commit somebody waits for.
    pub(super) fn waiting(entries: Vec<Entry>) -> (Self, oneshot::Receiver<Answer>) {
        let (answer, written) = oneshot::channel();
        (Self::Append(entries, Some(answer)), written)
    }
}

/// Entries gathered for the next transaction. What nobody waits for is kept until it is written; what somebody waits for
/// gets one attempt, for a caller that has been refused must find nothing done.
#[derive(Debug, Default)]
pub(super) struct Group {
    kept: Vec<Entry>,
    waiting: Vec<(Vec<Entry>, oneshot::Sender<Answer>)>,
    size: usize,
}

impl Group {
    pub(super) fn add(&mut self, entries: Vec<Entry>, answer: Option<oneshot::Sender<Answer>>) {
        self.size += entries.len();
        match answer {
            Some(answer) => self.waiting.push((entries, answer)),
            None => self.kept.extend(entries),
        }
    }

    /// Whether somebody waits.
    pub(super) const fn is_urgent(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) const fn is_full(&self) -> bool {
        self.size >= ENTRIES
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.waiting.is_empty()
    }

    /// The transaction: what is kept first, then what is waited for, without those who no longer wait.
    pub(super) fn close(self) -> Transaction {
        let kept = self.kept.len();
        let mut transaction = Transaction { entries: self.kept, kept, answers: Vec::new() };
        for (entries, answer) in self.waiting.into_iter().filter(|(_, answer)| !answer.is_closed()) {
            transaction.answers.push((entries.len(), answer));
            transaction.entries.extend(entries);
        }
        transaction
    }
}

/// A closed group.
#[derive(Debug)]
pub(super) struct Transaction {
    entries: Vec<Entry>,
    kept: usize,
    answers: Vec<(usize, oneshot::Sender<Answer>)>,
}

impl Transaction {
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Answers everybody who waits; gives back what has to be written again.
    pub(super) fn settle(mut self, answer: Answer) -> Group {
        match answer {
            Ok(appended) => {
                let mut rest = appended.into_iter().skip(self.kept);
                for (count, waiting) in self.answers {
                    // Whoever stopped waiting meanwhile was refused; its record stays without an outcome.
                    drop(waiting.send(Ok(rest.by_ref().take(count).collect())));
                }
                Group::default()
            }
            Err(error) => {
                for (_, waiting) in self.answers {
                    drop(waiting.send(Err(error.clone())));
                }
                self.entries.truncate(self.kept);
                Group { size: self.kept, kept: self.entries, waiting: Vec::new() }
            }
        }
    }
}
