//! What only the running gateway knows, as it tells it over its socket.

use gogs_spanner_capability::AgentName;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::keys::KeyView;

/// A gateway's account of itself. Giving it was written to the journal first, so the store takes records.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Vitals {
    /// Its issuing keys.
    pub keys: Vec<KeyView>,
    /// The same as it publishes them, to know it again.
    pub jwks: Value,
    /// Its agents' accounts in which something is odd.
    pub accounts: Vec<OddAccount>,
}

/// An account of an agent that is not as the gateway made it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OddAccount {
    /// Whose it is.
    pub agent: AgentName,
    /// What is odd.
    pub odd: Vec<String>,
}

/// Why a gateway gave no account of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// Nobody answers at the socket.
    Nobody(String),
    /// It could not write down that it was asked, or would not answer.
    Refused(String),
}
