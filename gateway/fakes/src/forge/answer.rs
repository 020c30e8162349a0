//! Answers in the forms Gogs has, and the one place where a failure becomes one.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::git::GitFailure;

/// Of what handlers answer.
pub(super) const JSON: &str = "application/json; charset=UTF-8";
/// Of what the binding of a body answers: another library, another case (recorded).
const BINDING_JSON: &str = "application/json; charset=utf-8";
const DOCUMENTATION: &str = "https://github.com/gogs/docs-api";

/// What a handler gives.
pub(super) type Answer = Result<Response, Fault>;

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("refused with {0}")]
    Status(StatusCode),
    #[error("refused with {0}: {1}")]
    Message(StatusCode, String),
    #[error("{field} breaks {rule}")]
    Invalid { field: &'static str, rule: &'static str },
    #[error("malformed body: {0}")]
    Malformed(&'static str),
    #[error("no such route")]
    NoRoute,
    #[error("something went wrong")]
    Broken,
    #[error(transparent)]
    Git(#[from] GitFailure),
}

impl Fault {
    pub(super) const NOT_FOUND: Self = Self::Status(StatusCode::NOT_FOUND);
    pub(super) const FORBIDDEN: Self = Self::Status(StatusCode::FORBIDDEN);
    pub(super) const UNAUTHORIZED: Self = Self::Status(StatusCode::UNAUTHORIZED);

    pub(super) fn unprocessable(message: impl Into<String>) -> Self {
        Self::Message(StatusCode::UNPROCESSABLE_ENTITY, message.into())
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        match self {
            Self::Status(status) => empty(status),
            Self::Message(status, message) => json(status, &json!({"message": message, "url": DOCUMENTATION})),
            Self::Invalid { field, rule } => {
                let class = format!("{rule}Error");
                let refusal = json!([{"fieldNames": [field], "classification": class, "message": rule}]);
                typed(StatusCode::UNPROCESSABLE_ENTITY, BINDING_JSON, refusal.to_string())
            }
            Self::Malformed(message) => {
                let refusal = json!([{"classification": "DeserializationError", "message": message}]);
                typed(StatusCode::BAD_REQUEST, BINDING_JSON, refusal.to_string())
            }
            Self::NoRoute => page(StatusCode::NOT_FOUND, "Page Not Found"),
            Self::Broken | Self::Git(_) => {
                let message = "Something went wrong, please check the server logs for more information.";
                Self::Message(StatusCode::INTERNAL_SERVER_ERROR, message.to_owned()).into_response()
            }
        }
    }
}

pub(super) fn empty(status: StatusCode) -> Response {
    status.into_response()
}

pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    typed(status, JSON, value.to_string())
}

#[expect(clippy::unnecessary_wraps, reason = "every handler ends with an `Answer`")]
pub(super) fn ok(value: &Value) -> Answer {
    Ok(json(StatusCode::OK, value))
}

#[expect(clippy::unnecessary_wraps, reason = "every handler ends with an `Answer`")]
pub(super) fn created(value: &Value) -> Answer {
    Ok(json(StatusCode::CREATED, value))
}

#[expect(clippy::unnecessary_wraps, reason = "every handler ends with an `Answer`")]
pub(super) fn no_content() -> Answer {
    Ok(empty(StatusCode::NO_CONTENT))
}

pub(super) fn text(status: StatusCode, body: &str) -> Response {
    typed(status, "text/plain; charset=utf-8", body.to_owned())
}

/// A page of the web interface, of which only the title matters here.
pub(super) fn page(status: StatusCode, title: &str) -> Response {
    let body =
        format!("<!DOCTYPE html>\n<html><head><title>{title} - Gogs</title></head><body>{title}</body></html>\n");
    typed(status, "text/html; charset=UTF-8", body)
}

pub(super) fn typed(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = (status, body.into()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
