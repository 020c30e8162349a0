//! The gateway's own endpoints: the token service, the metadata that leads to it, and a sign of life.

pub(crate) mod api;
mod metadata;
mod page;
pub(crate) mod passage;
mod sign_in;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    body::Body,
    extract::{FromRef, Request, State},
    response::{IntoResponse, Json, Response},
    routing::{get, post},
};
use gogs_spanner_capability::Reason;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;

pub(crate) use self::{
    page::refused as refused_page,
    sign_in::{AUTHORIZE, CALLBACK, DEVICE},
};
use crate::{
    config::PublicUrl,
    exchange::{Asked as AskedFor, Exchange, SignInOffice, form::Form},
    refuse::{self, Refusal},
    request::{Arrival, RequestId},
};

/// The token endpoint.
pub(crate) const TOKEN: &str = "/-/spanner/oauth/token";
/// The revocation endpoint (RFC 7009).
pub(crate) const REVOKE: &str = "/-/spanner/oauth/revoke";
/// The public keys tokens are verified with.
pub(crate) const KEYS: &str = "/-/spanner/oauth/keys";
/// Says that the process answers, and nothing else.
const LIVE: &str = "/-/spanner/livez";

/// What whoever opens the door by its bare name is told.
const DOOR: &str = concat!(
    "This is Gogs Spanner, the door automations take to a Gogs. People use Gogs itself, by its own name.\n\n",
    "An automation gets a token with `spanner token get` and sends it as its password (git) or as a bearer (API).\n",
    "What is served, and how: ",
    env!("CARGO_PKG_REPOSITORY"),
    "\nFor programs: /.well-known/oauth-authorization-server\n",
);

/// The one media type of a form (RFC 6749 §3.2).
const FORM: &str = "application/x-www-form-urlencoded";

/// The longest proof, percent-encoded, and an actor's beside it.
const BODY_AT_MOST: usize = 64 * 1024;

/// A form is small: whoever needs longer is not sending one.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// Who asks: the listener puts it beside every request.
type Asked = Extension<Arrival>;

/// What the own endpoints need.
#[derive(Debug, Clone)]
pub struct Own {
    /// The token service.
    pub exchange: Arc<Exchange>,
    /// The origin automations see.
    pub public_url: PublicUrl,
    /// Where people sign in, if they do here.
    pub sign_in: Option<Arc<SignInOffice>>,
}

impl FromRef<Own> for Arc<Exchange> {
    fn from_ref(own: &Own) -> Self {
        Self::clone(&own.exchange)
    }
}

/// Serves the own endpoints. A request carries its [`Arrival`] as an extension.
pub fn router(own: Own) -> Router {
    let authorization_server = metadata::authorization_server(own.public_url.as_str(), own.sign_in_grants());
    let protected_resource = metadata::protected_resource(own.public_url.as_str());
    Router::new()
        .route(TOKEN, post(token))
        .route(REVOKE, post(revoke))
        .route(KEYS, get(keys))
        .route(DEVICE, post(sign_in::device))
        .route(AUTHORIZE, get(sign_in::authorize))
        .route(CALLBACK, get(sign_in::callback))
        .route(passage::PASSAGE, get(passage::passage))
        .route("/", get(async || DOOR))
        .route(LIVE, get(async || "alive\n"))
        .route(metadata::AUTHORIZATION_SERVER, get(async || Json(authorization_server)))
        .route(metadata::PROTECTED_RESOURCE, get(async || Json(protected_resource)))
        .fallback(async |arrival: Asked| elsewhere(&arrival, Reason::RouteUnknown))
        .method_not_allowed_fallback(async |arrival: Asked| elsewhere(&arrival, Reason::MethodRefused))
        .with_state(own)
}

async fn token(State(own): State<Own>, Extension(arrival): Asked, request: Request) -> Response {
    let exchange = &own.exchange;
    let asked = match form(request).await.and_then(|body| AskedFor::parse(&body)) {
        Ok(asked) => asked,
        Err(refusal) => {
            exchange.turn_away(&arrival, &refusal);
            return refused(&refusal, arrival.id);
        }
    };
    let given = match asked {
        AskedFor::Token(asked) => exchange.token(&arrival, asked).await.map(|granted| granted.document()),
        AskedFor::SignIn(asked) => match own.office() {
            Ok(office) => office.redeem(&arrival, asked).await.map(|signed_in| signed_in.document()),
            Err(refusal) => Err(refusal),
        },
    };
    match given {
        Ok(document) => unstored(Json(document).into_response()),
        Err(refusal) => refused(&refusal, arrival.id),
    }
}

async fn revoke(State(exchange): State<Arc<Exchange>>, Extension(arrival): Asked, request: Request) -> Response {
    match give_back(&exchange, &arrival, request).await {
        Ok(()) => unstored(().into_response()),
        Err(refusal) => refused(&refusal, arrival.id),
    }
}

async fn give_back(exchange: &Exchange, arrival: &Arrival, request: Request) -> Result<(), Refusal> {
    let mut form = Form::parse(&form(request).await?)?;
    let token = form.need("token")?;
    // RFC 7009 §2.1: a hint for servers that have several kinds of token.
    let _hint = form.take("token_type_hint");
    form.finish()?;
    exchange.revoke(arrival, &token).await
}

async fn keys(State(exchange): State<Arc<Exchange>>) -> Json<Value> {
    Json(exchange.jwks())
}

/// Reads a form, bounded in size and time.
async fn form(request: Request) -> Result<bytes::Bytes, Refusal> {
    let (head, body) = request.into_parts();
    if head.uri.query().is_some() {
        return Err(
            Refusal::new(Reason::RequestMalformed).because("parameters belong in the body (RFC 6749 section 3.2)")
        );
    }
    if !is_form(&head.headers) {
        return Err(Refusal::new(Reason::MediaTypeRefused).because(format!("the body must be {FORM}")));
    }
    let whole = tokio::time::timeout(BODY_WITHIN, Limited::new(body, BODY_AT_MOST).collect()).await;
    match whole {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::new(Reason::TooLarge)),
        Ok(Err(_)) | Err(_) => Err(Refusal::new(Reason::RequestMalformed).because("the body did not come to its end")),
    }
}

/// One content type, and at most the parameter that says what is so anyway.
fn is_form(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(Ok(one)), None) = (types.next().map(HeaderValue::to_str), types.next()) else { return false };
    let (media_type, parameter) = one.split_once(';').unwrap_or((one, "charset=utf-8"));
    media_type.trim_end().eq_ignore_ascii_case(FORM) && parameter.trim_start().eq_ignore_ascii_case("charset=utf-8")
}

fn elsewhere(arrival: &Arrival, reason: Reason) -> Response {
    refuse::problem(&Refusal::new(reason), arrival.id).map(Body::new)
}

fn refused(refusal: &Refusal, id: RequestId) -> Response {
    refuse::oauth(refusal, id).map(Body::new)
}

/// RFC 6749 §5.1: what holds a token is kept by nobody on the way.
fn unstored(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
