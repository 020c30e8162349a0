//! People who sign in by the code of a device (RFC 8628), and confirm it before anybody can ask: no browser is needed.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::pages::Pages;

/// What is said of whoever confirms, and how many codes were given out.
pub(super) type Confirming = Arc<Mutex<(Option<Value>, u32)>>;

/// The codes of a device; one is never given out twice.
pub(super) async fn device(State(pages): State<Pages>) -> Json<Value> {
    let mut people = pages.people.lock().unwrap_or_else(PoisonError::into_inner);
    people.1 += 1;
    let page = format!("{}/device", pages.url());
    Json(json!({
        "device_code": format!("device-{}", people.1),
        "user_code": "RCTN-CQQC",
        "verification_uri": page,
        "expires_in": 600,
        "interval": 1,
    }))
}

/// An ID token of whoever confirms.
pub(super) async fn token(State(pages): State<Pages>) -> Response {
    let claims = pages.people.lock().unwrap_or_else(PoisonError::into_inner).0.clone();
    match claims {
        None => (StatusCode::BAD_REQUEST, Json(json!({ "error": "authorization_pending" }))).into_response(),
        Some(claims) => {
            Json(json!({ "access_token": "nothing", "token_type": "Bearer", "id_token": pages.sign(&claims) }))
                .into_response()
        }
    }
}
