//! What can go wrong, and whose word it is.

use gogs_spanner_capability::Reason;
use jiff::SignedDuration;
use serde::Deserialize;

use crate::{
    client::PathError, discovery::DiscoveryError, metadata::MetadataError, narrowing::NarrowingError,
    proof::ProofError, token::TokenError,
};

/// Why there is no token, or no answer.
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
    /// The gateway let it through, and the forge behind it said no.
    #[error(transparent)]
    Forge(#[from] Answered),
    /// What answers does not speak as a gateway does.
    #[error("what answered with status {status} is not what was expected")]
    Unintelligible {
        /// The status it answered with.
        status: u16,
    },
    /// What answers is no gateway, or another one.
    #[error("what answers is not this gateway: {0}")]
    Stranger(#[from] MetadataError),
    /// A person did not sign in.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The token cannot be narrowed this way.
    #[error(transparent)]
    Narrowing(#[from] NarrowingError),
    /// What was handed over is not a token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A token is shown to the gateway it is for, and to no other.
    #[error("the token is for {token}, not for {origin}")]
    Elsewhere {
        /// The gateway it is for.
        token: String,
        /// The one it was to be shown to.
        origin: String,
    },
    /// The path of a call is not one.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The body of a call cannot be written as JSON.
    #[error("the body cannot be written as JSON: {0}")]
    Body(String),
}

impl Error {
    /// What happened, with its innermost cause where that is not said already.
    pub fn in_full(&self) -> String {
        let mut innermost: &dyn std::error::Error = self;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        let (text, cause) = (self.to_string(), innermost.to_string());
        if text.ends_with(&cause) { text } else { format!("{text}: {cause}") }
    }

    /// How long the gateway asks to be left alone with the same request; nothing where it does not say so.
    pub(crate) fn wait(&self) -> SignedDuration {
        let retry = if let Self::Refused(refused) = self { refused.retry } else { None };
        SignedDuration::from_secs(retry.unwrap_or(0).into())
    }
}

/// Why a person did not sign in, where no gateway says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// What a browser brought back answers another question.
    #[error("what the browser brought back is not the answer to this sign-in")]
    NotOurs,
    /// She, or her identity provider, said no.
    #[error("the person, or her identity provider, said no")]
    Denied,
    /// The system has no random numbers.
    #[error("there is no randomness")]
    NoRandomness,
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

/// A forge's no, as it came through the gateway.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the forge answered {status}{}{message}", if message.is_empty() { "" } else { ": " })]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// What it said, where it said anything.
    pub message: String,
}

/// The body of a refusal: of the token endpoint (RFC 6749 §5.2) or of any other (RFC 9457), with the members of ours.
#[derive(Deserialize)]
pub(crate) struct Document {
    error: Option<String>,
    #[serde(alias = "detail")]
    error_description: Option<String>,
    reason: Option<String>,
    hint: Option<String>,
    retry: Option<u32>,
    request_id: Option<String>,
}

/// A document that gives no reason is not a gateway's.
pub(crate) struct Unexplained;

impl TryFrom<Document> for Refused {
    type Error = Unexplained;

    /// What the document leaves out is taken from the table of reasons.
    fn try_from(document: Document) -> Result<Self, Unexplained> {
        let known = document.reason.as_deref().and_then(|code| code.parse::<Reason>().ok());
        Ok(Self {
            why: document.error_description.unwrap_or_else(|| known.map_or("refused", Reason::meaning).to_owned()),
            reason: document.reason.or(document.error).ok_or(Unexplained)?,
            hint: document.hint.or_else(|| known.map(|reason| reason.hint().to_owned())),
            retry: document.retry.or_else(|| known.and_then(Reason::retry)),
            request_id: document.request_id,
        })
    }
}
