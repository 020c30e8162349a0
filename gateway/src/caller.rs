//! Who is asking, and as of when: what the stages hand on to one another.

use std::{net::IpAddr, sync::Arc};

use gogs_spanner_capability::token::{PublicKeys, Verified};
use jiff::Timestamp;

use crate::authorize::policy::{AgentPolicy, Policy};

/// Everything that may change between two requests, taken once per request.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The instant.
    pub now: Timestamp,
    /// The rules, with their epoch.
    pub policy: Arc<Policy>,
    /// The keys tokens may be signed with.
    pub keys: Arc<PublicKeys>,
}

/// A verified token, and a number that stands for its exact bytes in this process.
#[derive(Debug)]
pub struct Session {
    /// What the signatures vouch for.
    pub verified: Verified,
    /// The same for the same bytes as long as they are kept; never given to other bytes.
    pub serial: u64,
    /// The digest of those bytes.
    pub digest: [u8; 32],
    /// The keys it was verified with.
    pub keys: Arc<PublicKeys>,
}

/// Who is asking, and under which circumstances.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The token.
    pub session: Arc<Session>,
    /// Today's rules for the agent it names.
    pub agent: Arc<AgentPolicy>,
    /// The instant its time bounds are judged at: now, or when the operation under way was let in.
    pub judged_at: Timestamp,
    /// Its address, where a believed peer tells it.
    pub client: Option<IpAddr>,
}
