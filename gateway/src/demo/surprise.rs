//! A step that did something else than it should.

use gogs_spanner_capability::token::{InspectError, Malformed};
use gogs_spanner_sdk::{Error as TokenError, NarrowingError};
use thiserror::Error;

use crate::{process::ProcessError, store::StoreError};

/// What happened instead.
#[derive(Debug, Error)]
pub(super) enum Surprise {
    #[error("expected {expected}")]
    Otherwise { expected: String, got: String },
    #[error(transparent)]
    Git(#[from] ProcessError),
    #[error("no token: {0}")]
    Token(#[from] TokenError),
    #[error("what was given is no token: {0}")]
    Unreadable(#[from] Malformed),
    #[error("what was given cannot be read: {0}")]
    Uninspected(#[from] InspectError),
    #[error("not narrowed: {0}")]
    Narrowing(#[from] NarrowingError),
    #[error("the gateway does not answer: {0}")]
    Http(#[from] reqwest::Error),
    #[error("the trail cannot be read: {0}")]
    Trail(#[from] StoreError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Surprise {
    pub(super) fn otherwise(expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self::Otherwise { expected: expected.into(), got: got.into() }
    }

    /// What to show of it.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.to_string()];
        if let Self::Otherwise { got, .. } = self {
            lines.extend(got.lines().map(|line| format!("got: {line}")));
        }
        lines
    }
}
