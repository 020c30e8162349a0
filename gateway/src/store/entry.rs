//! What the journal hands to a store, and what the store answers.

use jiff::Timestamp;

use crate::{journal::Record, request::RequestId};

/// What makes an entry one and the same however often it is written: its request, and a number no other entry of that
/// request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The request it belongs to.
    pub request_id: RequestId,
    /// Its number within the request; numbers may have gaps.
    pub ordinal: u32,
}

/// One thing to write.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A decision.
    Record {
        /// Its identity.
        key: Key,
        /// The decision.
        record: Box<Record>,
        /// What came of it, where that is known already.
        result: Option<String>,
        /// The proof it uses up.
        single_use: Option<SingleUse>,
    },
    /// What came of a decision written earlier.
    Outcome {
        /// The identity of that decision.
        of: Key,
        /// When it was known.
        at: Timestamp,
        /// An upstream status or a line of a report.
        result: String,
    },
}

/// A proof that may be used once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SingleUse {
    /// Which proof: SHA-256 over what makes it unique.
    pub digest: [u8; 32],
    /// Until when the proof would be taken, were it not for its first use.
    pub until: Timestamp,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// The decision is recorded, under this number.
    Recorded(u64),
    /// Its proof had been used by another request: nothing of the entry was written.
    Replayed,
    /// The outcome is recorded.
    Concluded,
}
