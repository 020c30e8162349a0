//! What the issuer serves: its discovery document and its key set, well or badly.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use futures::stream;
use serde_json::json;
use tokio::sync::watch;

use super::{
    key::{Algorithm, Keys},
    people,
};

/// How much a huge key set holds: more than any reader should take, in pieces that cost this process nothing.
const HUGE: usize = 64 * 1024 * 1024;
const PIECE: Bytes = Bytes::from_static(&[b' '; 64 * 1024]);

/// What goes wrong when the key set is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Misbehaviour {
    /// Nothing.
    #[default]
    None,
    /// 503, for discovery too.
    Down,
    /// No answer until it behaves again.
    Slow,
    /// A redirect to the very same document under another address; nobody should follow it.
    Redirecting,
    /// Half a JSON document.
    Garbage,
    /// 64 MiB of spaces before the document.
    Huge,
    /// A set without keys.
    Empty,
    /// Discovery names another issuer than the one asked (OIDC Discovery §4.3).
    AnotherIssuer,
}

/// Everything the handlers share.
#[derive(Clone)]
pub(super) struct Pages {
    url: String,
    keys: Arc<Mutex<Keys>>,
    misbehaviour: Arc<watch::Sender<Misbehaviour>>,
    fetches: Arc<AtomicUsize>,
    pub(super) people: people::Confirming,
}

impl Pages {
    pub(super) fn new(url: String, keys: Arc<Mutex<Keys>>) -> Self {
        Self { url, keys, misbehaviour: Arc::default(), fetches: Arc::default(), people: Arc::default() }
    }

    pub(super) fn router(&self) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(key_set))
            .route("/keys/moved", get(moved))
            .route("/device", post(people::device))
            .route("/token", post(people::token))
            .with_state(self.clone())
    }

    pub(super) fn switch(&self, misbehaviour: Misbehaviour) {
        self.misbehaviour.send_replace(misbehaviour);
    }

    pub(super) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::Relaxed)
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn sign(&self, claims: &serde_json::Value) -> String {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).current(Algorithm::Rs256).sign(claims)
    }

    fn set(&self) -> Json<serde_json::Value> {
        Json(self.keys.lock().unwrap_or_else(PoisonError::into_inner).set())
    }
}

async fn discovery(State(pages): State<Pages>) -> Response {
    let url = &pages.url;
    let issuer = match *pages.misbehaviour.borrow() {
        Misbehaviour::Down => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Misbehaviour::AnotherIssuer => "https://issuer.example.com",
        _ => url,
    };
    Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{url}/keys"),
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "device_authorization_endpoint": format!("{url}/device"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
    }))
    .into_response()
}

async fn key_set(State(pages): State<Pages>) -> Response {
    pages.fetches.fetch_add(1, Ordering::Relaxed);
    let mut changes = pages.misbehaviour.subscribe();
    // The sender lives in the pages this handler holds, so the wait cannot fail.
    let now = changes.wait_for(|now| *now != Misbehaviour::Slow).await.map(|now| *now).unwrap_or_default();
    match now {
        Misbehaviour::None | Misbehaviour::Slow | Misbehaviour::AnotherIssuer => pages.set().into_response(),
        Misbehaviour::Down => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Misbehaviour::Redirecting => redirect(),
        Misbehaviour::Garbage => "{\"keys\": [{\"kty\": ".into_response(),
        Misbehaviour::Empty => Json(json!({"keys": []})).into_response(),
        Misbehaviour::Huge => {
            let pieces = stream::iter((0..HUGE / PIECE.len()).map(|_| Ok::<_, std::convert::Infallible>(PIECE)));
            Body::from_stream(pieces).into_response()
        }
    }
}

async fn moved(State(pages): State<Pages>) -> Response {
    pages.set().into_response()
}

fn redirect() -> Response {
    let location = HeaderMap::from_iter([(LOCATION, HeaderValue::from_static("/keys/moved"))]);
    (StatusCode::FOUND, location).into_response()
}
