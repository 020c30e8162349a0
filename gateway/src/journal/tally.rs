//! Requests nobody vouches for: counted, and written as one record a minute and reason.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};

use gogs_spanner_capability::Reason;
use jiff::Timestamp;

use super::record::{Record, Verdict};
use crate::{
    request::{Door, RequestId},
    store::{Entry, Key},
};

/// How many were turned away since the last record, for each reason, and through which door the first of them came.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<HashMap<Reason, (u64, Door)>>);

impl Tally {
    pub(super) fn count(&self, reason: Reason, door: Door) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(reason).or_insert((0, door)).0 += 1;
    }

    /// What was counted, as records; the count begins anew.
    pub(super) fn take(&self, now: Timestamp) -> Vec<Entry> {
        let counted = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        counted.into_iter().map(|(reason, (count, door))| turned_away(now, reason, count, door)).collect()
    }
}

fn turned_away(now: Timestamp, reason: Reason, count: u64, door: Door) -> Entry {
    let request_id = RequestId::new();
    let record = Record {
        time: now,
        request_id,
        trace_id: None,
        door,
        agent: None,
        on_behalf_of: None,
        action: "-".to_owned(),
        repository: "-".to_owned(),
        reference: None,
        paths: Vec::new(),
        verdict: Verdict::Refuse(reason),
        truth: None,
        token: None,
    };
    let result = Some(format!("{count} turned away"));
    Entry::Record { key: Key { request_id, ordinal: 0 }, record: Box::new(record), result, single_use: None }
}
