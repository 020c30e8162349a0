//! The gateway's own API, for agents: who am I, may I, and what does a refusal mean.
//!
//! `docs/reference/own-api.md` describes it; [`openapi`] is the same for programs.

mod can;
mod openapi;
mod reasons;
mod whoami;

use std::sync::Arc;

use axum::{
    Extension, Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Json, Response},
    routing::{get, post},
};
use gogs_spanner_capability::Reason;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

use self::{
    can::{Decisions, Question},
    whoami::Whoami,
};
use super::{Asked, elsewhere};
use crate::{
    body,
    gate::{Call, Gate},
    refuse::Refused,
    request::Arrival,
};

/// Who the caller is, and what is left of its rights.
const WHOAMI: &str = "/-/spanner/api/v1/whoami";
/// What would be decided.
const CAN: &str = "/-/spanner/api/v1/can";
/// The table of reasons.
const REASONS: &str = "/-/spanner/api/v1/reasons";
/// This API, described for programs.
const OPENAPI: &str = "/-/spanner/api/v1/openapi.json";

/// What is the same for everybody changes with the gateway's version.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=3600");

type ToGate = State<Arc<Gate>>;

/// Serves it.
pub(crate) fn router(gate: Arc<Gate>) -> Router {
    let openapi = openapi::document(&gate.public_url);
    Router::new()
        .route(WHOAMI, get(whoami))
        .route(CAN, post(can))
        .route(REASONS, get(async || for_everybody(&reasons::table())))
        .route(OPENAPI, get(async move || for_everybody(&openapi)))
        .method_not_allowed_fallback(async |arrival: Asked| elsewhere(&arrival, Reason::MethodRefused))
        .with_state(gate)
}

async fn whoami(State(gate): ToGate, Extension(arrival): Asked, headers: HeaderMap) -> Response {
    answered(&gate, &arrival, introduce(&gate, &arrival, &headers).await).await
}

async fn can(State(gate): ToGate, Extension(arrival): Asked, request: Request) -> Response {
    answered(&gate, &arrival, foresee(&gate, &arrival, request).await).await
}

async fn introduce(gate: &Arc<Gate>, arrival: &Arrival, headers: &HeaderMap) -> Result<Whoami, Refused> {
    let call = Call::of(gate, arrival, headers)?;
    let intent = call.note("whoami").await.map_err(|refusal| call.refused(refusal))?;
    let whoami = Whoami::of(&call);
    intent.conclude(&["answered".to_owned()]);
    Ok(whoami)
}

async fn foresee(gate: &Arc<Gate>, arrival: &Arrival, request: Request) -> Result<Decisions, Refused> {
    let (head, body) = request.into_parts();
    let call = Call::of(gate, arrival, &head.headers)?;
    let question = Question::read(&call, &head.headers, body::boxed(body));
    let question = question.await.map_err(|refusal| call.refused(refusal))?;
    call.recheck().map_err(|refusal| call.refused(refusal))?;
    let intent = call.note("can").await.map_err(|refusal| call.refused(refusal))?;
    let decisions = question.decide(&call).await;
    intent.conclude(&[decisions.to_string()]);
    Ok(decisions)
}

/// What concerns one caller is kept by nobody on the way.
async fn answered(gate: &Arc<Gate>, arrival: &Arrival, answer: Result<impl Serialize, Refused>) -> Response {
    match answer {
        Ok(document) => kept(HeaderValue::from_static("no-store"), &document),
        Err(refused) => gate.refuse_call(arrival, refused).await.map(Body::new),
    }
}

fn for_everybody(document: &impl Serialize) -> Response {
    kept(CACHED, document)
}

fn kept(cache_control: HeaderValue, document: &impl Serialize) -> Response {
    let mut response = Json(document).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, cache_control);
    response
}
