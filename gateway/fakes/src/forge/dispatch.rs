//! From a request to its door: the language redirect, LFS, Git, the API, the pages.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderValue, Method, Request, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use url::form_urlencoded;

use super::{
    answer, auth,
    call::{Call, query},
    core::Core,
    git_http::{self, GitPath},
    lfs::{self, LfsPath},
    rest, web,
};

/// The most a stand-in reads of an API body; Gogs itself has no limit.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// Answers one request, and notes what it was and what became of it.
pub(super) async fn answer(State(forge): State<Arc<Core>>, request: Request<Body>) -> Response {
    let credentials = auth::any(&forge, request.headers());
    let (request, entry) = forge.recorder.note(request, credentials);
    let response = match forge.trouble.pass().await {
        Some(trouble) => trouble,
        None => route(&forge, request).await,
    };
    entry.answered(&response);
    response
}

async fn route(forge: &Arc<Core>, request: Request<Body>) -> Response {
    if let Some(redirect) = language(request.uri()) {
        return redirect;
    }
    let segments = Call::segments(request.uri());
    if let Some(path) = LfsPath::parse(request.method(), &segments) {
        return with_language(lfs::answer(forge, &path, request).await);
    }
    match GitPath::parse(&segments) {
        Some(path) => with_language(git_http::answer(forge, &path, request).await),
        None => surf(forge, &segments, request).await,
    }
}

/// The doors behind the session middleware: everything but Git and LFS sets cookies and safety headers.
async fn surf(forge: &Arc<Core>, segments: &[String], request: Request<Body>) -> Response {
    let has_session = request.headers().get(header::COOKIE).is_some_and(|cookie| contains(cookie, "i_like_gogs="));
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let response = match segments.as_slice() {
        ["api", "v1", path @ ..] => api(forge, path, request).await,
        path => web::answer(forge, path, request).await,
    };
    web::with_session(forge, has_session, response)
}

async fn api(forge: &Arc<Core>, path: &[&str], request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Some(caller) = auth::api(forge, &parts.headers) else { return rest::anonymous() };
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else { return answer::empty(StatusCode::BAD_REQUEST) };
    let method = if parts.method == Method::HEAD { Method::GET } else { parts.method };
    let forge = Arc::clone(forge);
    let call = Call { forge, method, uri: parts.uri, caller, body };
    rest::answer(&call, path).await.unwrap_or_else(IntoResponse::into_response)
}

/// A known language in the query turns any request, even a push, into a redirect to itself without it.
fn language(uri: &Uri) -> Option<Response> {
    let language = query(uri, "lang")?;
    if !matches!(language.as_str(), "en-US" | "de-DE" | "fr-FR" | "zh-CN") {
        return None;
    }
    let mut others = form_urlencoded::Serializer::new(String::new());
    let pairs = uri.query().unwrap_or_default();
    others.extend_pairs(form_urlencoded::parse(pairs.as_bytes()).filter(|(name, _)| name != "lang"));
    let target = match others.finish() {
        rest if rest.is_empty() => uri.path().to_owned(),
        rest => format!("{}?{rest}", uri.path()),
    };
    let body = format!("<a href=\"{target}\">Found</a>.\n\n");
    let mut response = answer::typed(StatusCode::FOUND, "text/html; charset=utf-8", body);
    response.headers_mut().insert(header::LOCATION, HeaderValue::try_from(target).ok()?);
    Some(with_language(response))
}

fn with_language(mut response: Response) -> Response {
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_static(web::LANGUAGE_COOKIE));
    response
}

fn contains(value: &HeaderValue, text: &str) -> bool {
    value.to_str().is_ok_and(|value| value.contains(text))
}
