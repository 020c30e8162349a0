//! Requests nobody vouches for, and refusals beyond an agent's budget: counted, and written as one record a minute, agent
//! and reason.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};

use gogs_spanner_capability::{AgentName, Reason};
use jiff::Timestamp;

use super::record::{Record, Verdict};
use crate::{
    request::{Door, RequestId},
    store::{Entry, Key},
};

/// Whom it was, where that is known, and why.
type Who = (Option<AgentName>, Reason);
/// How many, and through which door the first of them came.
type Count = (u64, Door);

/// How many were turned away since the last record.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<HashMap<Who, Count>>);

impl Tally {
    pub(super) fn count(&self, agent: Option<&AgentName>, reason: Reason, door: Door) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.entry((agent.cloned(), reason)).or_insert((0, door)).0 += 1;
    }

    /// What was counted, as records; the count begins anew.
    pub(super) fn take(&self, now: Timestamp) -> Vec<Entry> {
        let counted = mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let record = |((agent, reason), (count, door))| turned_away(now, agent, reason, count, door);
        counted.into_iter().map(record).collect()
    }
}

fn turned_away(now: Timestamp, agent: Option<AgentName>, reason: Reason, count: u64, door: Door) -> Entry {
    let request_id = RequestId::new();
    let record = Record {
        time: now,
        request_id,
        trace_id: None,
        door,
        agent,
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
