//! What a command gets: JSON, or a problem document.

use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::{
    refuse::{self, Refusal},
    request::RequestId,
};

/// An answer to a command.
pub(super) enum Answer {
    /// It is done.
    Done(Value),
    /// It is not.
    Refused(Refusal),
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Done(value) => axum::Json(value).into_response(),
            Self::Refused(refusal) => refuse::problem(&refusal, RequestId::new()).map(axum::body::Body::new),
        }
    }
}

impl From<Result<Value, Refusal>> for Answer {
    fn from(result: Result<Value, Refusal>) -> Self {
        result.map_or_else(Self::Refused, Self::Done)
    }
}
