//! What can go wrong, and whose word it is.

use gogs_spanner_capability::Reason;
use serde::Deserialize;

use crate::{discovery::DiscoveryError, narrowing::NarrowingError, proof::ProofError};

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No gateway, no proof, or two that disagree.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// The proof cannot be made now.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The gateway did not answer.
    #[error("the gateway did not answer")]
    Unreachable(#[source] reqwest::Error),
    /// The gateway said no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// What answered does not speak as a gateway does.
    #[error("what answered with status {status} is not a gateway")]
    Unintelligible {
        /// The status it answered with.
        status: u16,
    },
    /// The token cannot be narrowed this way.
    #[error(transparent)]
    Narrowing(#[from] NarrowingError),
}

/// A gateway's no: a stable reason, what to do next, and when the same may succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {why}")]
pub struct Refused {
    /// The stable code. A text, for a newer gateway may know more than this library; see [`Reason`].
    pub reason: String,
    /// Why, in the caller's terms.
    pub why: String,
    /// What to do next.
    pub hint: Option<String>,
    /// Seconds after which the same request may succeed; `None`: not by waiting.
    pub retry: Option<u32>,
    /// Names the refusal in the gateway's journal.
    pub request_id: Option<String>,
}

/// The body of a refusal (RFC 6749 §5.2) with the members of ours.
#[derive(Deserialize)]
pub(crate) struct Document {
    error: String,
    error_description: Option<String>,
    reason: Option<String>,
    hint: Option<String>,
    retry: Option<u32>,
    request_id: Option<String>,
}

impl From<Document> for Refused {
    /// What the document leaves out is taken from the table of reasons.
    fn from(document: Document) -> Self {
        let known = document.reason.as_deref().and_then(|code| code.parse::<Reason>().ok());
        Self {
            why: document.error_description.unwrap_or_else(|| known.map_or("refused", Reason::meaning).to_owned()),
            reason: document.reason.unwrap_or(document.error),
            hint: document.hint.or_else(|| known.map(|reason| reason.hint().to_owned())),
            retry: document.retry.or_else(|| known.and_then(Reason::retry)),
            request_id: document.request_id,
        }
    }
}
