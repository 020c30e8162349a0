//! What a supervisor and a Prometheus ask: does the process live, should it get work, and what has it measured?

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use gogs_spanner_capability::Reason;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::{Operations, answer::Answer};
use crate::refuse::Refusal;

/// Prometheus's text format, by the version of it that is written.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `/livez`, `/readyz` and `/metrics`.
pub(super) fn router(operations: Arc<Operations>) -> Router {
    Router::new()
        .route("/livez", get(live))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(operations)
}

async fn live() -> impl IntoResponse {
    Answer::Done(json!({ "live": true }))
}

/// Ready is who can still record what it does, and is not about to stop.
async fn ready(State(operations): State<Arc<Operations>>) -> Answer {
    if operations.stop.is_cancelled() {
        Answer::Refused(Refusal::new(Reason::Draining))
    } else if operations.parts.journal.is_failing() {
        Answer::Refused(Refusal::new(Reason::JournalUnavailable))
    } else {
        Answer::Done(json!({ "ready": true }))
    }
}

/// Gathered off the threads that serve: it may be tens of thousands of series.
async fn metrics(State(operations): State<Arc<Operations>>) -> Response {
    let metrics = operations.parts.metrics.clone();
    match tokio::task::spawn_blocking(move || metrics.exposition()).await {
        Ok(Ok(text)) => ([(CONTENT_TYPE, EXPOSITION)], text).into_response(),
        Ok(Err(error)) => Answer::Refused(Refusal::new(Reason::InternalError).truly(error)).into_response(),
        Err(fault) => Answer::Refused(Refusal::new(Reason::InternalError).truly(fault)).into_response(),
    }
}
