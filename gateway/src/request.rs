//! What is known of a request the moment it arrives, before anyone has said who is asking.

use std::{fmt, net::IpAddr};

use jiff::Timestamp;
use opentelemetry::trace::TraceId;
use uuid::Uuid;

/// The gateway's own name for one request; a caller's id is never taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(Uuid);

impl RequestId {
    /// A new id, ordered by time (`UUIDv7`).
    #[expect(clippy::new_without_default, reason = "every call gives another value")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

/// The kind of entrance a request came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// Smart HTTP.
    Git,
    /// The forge's REST API.
    Rest,
    /// Git LFS.
    Lfs,
    /// The gateway's own endpoints.
    Own,
}

impl Door {
    /// The word telemetry and the journal use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Rest => "rest",
            Self::Lfs => "lfs",
            Self::Own => "own",
        }
    }
}

/// One request, as it stands at the door.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Its id, in every answer and every record.
    pub id: RequestId,
    /// When it came: the one instant every judgement about it is made at.
    pub at: Timestamp,
    /// The W3C trace it is in: the caller's, or else one of our own.
    pub trace_id: TraceId,
    /// The client's address, as far as a peer that may say so is believed.
    pub client: Option<IpAddr>,
    /// Which door it came through.
    pub door: Door,
}
