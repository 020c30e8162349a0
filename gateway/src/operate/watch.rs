//! What a supervisor asks: does the process live, and should it get work?

use std::sync::Arc;

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use gogs_spanner_capability::Reason;
use serde_json::json;

use super::{Operations, answer::Answer};
use crate::refuse::Refusal;

/// `/livez` and `/readyz`.
pub(super) fn router(operations: Arc<Operations>) -> Router {
    Router::new().route("/livez", get(live)).route("/readyz", get(ready)).with_state(operations)
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
