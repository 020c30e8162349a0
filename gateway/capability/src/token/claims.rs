//! What the authority block of a token states.

use jiff::Timestamp;
use serde::Serialize;

use crate::{names::AgentName, right::Rights};

/// The statements of the authority block, signed by the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// Who holds it.
    pub agent: AgentName,
    /// Unique to this token; names it in the journal.
    pub nonce: String,
    /// Which issuer's proof it was given for.
    pub issuer: String,
    /// On whose behalf the agent acts, if on someone's.
    pub user: Option<String>,
    /// When it was minted.
    pub issued: Timestamp,
    /// How many blocks may follow.
    pub max_depth: u8,
    /// What it grants.
    pub rights: Rights,
    /// The gateway it is for: the audience.
    pub service: String,
    /// When it ends.
    pub expires: Timestamp,
}
