//! What a command gets: JSON, or a problem document.

use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::{refuse::Refusal, request::RequestId};

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
            Self::Refused(refusal) => problem(&refusal, RequestId::new()),
        }
    }
}

impl From<Result<Value, Refusal>> for Answer {
    fn from(result: Result<Value, Refusal>) -> Self {
        result.map_or_else(Self::Refused, Self::Done)
    }
}

fn problem(refusal: &Refusal, id: RequestId) -> Response {
    let status = axum::http::StatusCode::from_u16(refusal.reason().status()).expect("the table holds statuses");
    let document = serde_json::json!({
        "title": refusal.reason().meaning(),
        "status": refusal.reason().status(),
        "detail": refusal.why(),
        "reason": refusal.reason().code(),
        "hint": refusal.next_step(),
        "retry": refusal.retry_after(),
        "request_id": id.to_string(),
    });
    (status, axum::Json(document)).into_response()
}
