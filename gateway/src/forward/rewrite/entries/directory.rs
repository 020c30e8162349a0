//! A directory, as the API shows it: with the content of every file in it. Somebody who may read some paths is shown those
//! entries, each decided as a read of its own.

use std::borrow::Cow;

use bytes::BytesMut;
use gogs_spanner_capability::{Effect, TreePath};
use serde::Deserialize;

use super::{LONGEST_LIST, array::Array};
use crate::{
    body::{self, Body},
    caller::{Caller, Snapshot},
    forward::rewrite::{Rewriter, garbled, unheld},
    refuse::Refusal,
};

/// What Go writes for a byte that is no UTF-8: the name is then another than the one in the tree.
const REPLACEMENT: char = '\u{fffd}';

/// An entry, as far as it is decided on.
#[derive(Deserialize)]
struct Entry {
    path: String,
}

impl Rewriter {
    /// The answer without the entries that may not be read. A file, and what else is no array, flows on.
    pub(in crate::forward::rewrite) async fn content(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        read: &Effect,
        mut body: Body,
    ) -> Result<Body, Refusal> {
        let first = beginning(&mut body).await?;
        if first.trim_ascii_start().first() != Some(&b'[') {
            return Ok(body::after(first, body));
        }
        let held = self.room.of(&caller.agent.name).hold(body::after(first, body), LONGEST_LIST).await;
        let list = held.map_err(unheld)?;
        let array = Array::plain(&list.bytes).ok_or_else(|| garbled("it is no directory of Gogs's"))?;
        let entries: Vec<Entry> = array.read().ok_or_else(|| garbled("an entry has no path"))?;
        let mut shown: Vec<Cow<'_, [u8]>> = Vec::new();
        for (entry, bytes) in entries.iter().zip(array.entries()) {
            if self.shows(snapshot, caller, read, entry)? {
                shown.push(Cow::Borrowed(bytes));
            }
        }
        let sifted = array.of_these(&shown);
        Ok(body::full(list.replaced(sifted).into_bytes()))
    }

    /// Whether an entry may be read. A fault is not a no.
    fn shows(&self, snapshot: &Snapshot, caller: &Caller, read: &Effect, entry: &Entry) -> Result<bool, Refusal> {
        let Ok(path) = TreePath::parse(&entry.path) else { return Ok(false) };
        if entry.path.contains(REPLACEMENT) {
            return Ok(false);
        }
        match self.authorizer.decide(snapshot, caller, &read.clone().touching(vec![path])) {
            Ok(()) => Ok(true),
            Err(refusal) if refusal.reason().is_fault() => Err(refusal),
            Err(_) => Ok(false),
        }
    }
}

/// As much of an answer as tells an array from an object.
async fn beginning(body: &mut Body) -> Result<bytes::Bytes, Refusal> {
    let mut first = BytesMut::new();
    while first.trim_ascii_start().is_empty() {
        match body::next(body).await {
            Ok(Some(bytes)) => first.extend_from_slice(&bytes),
            Ok(None) => break,
            Err(fault) => return Err(crate::forward::broken(&fault)),
        }
    }
    Ok(first.freeze())
}
