//! The pages: only the one on which tokens are deleted, because no API does that, and the cookies all pages set.

use std::{fmt::Write, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header},
    response::Response,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

use super::{
    answer,
    auth::{self, Caller},
    core::Core,
    strangers,
    time::now,
};

/// Set on every answer, Git's too.
pub(super) const LANGUAGE_COOKIE: &str = "lang=en-US; Path=/; Max-Age=2147483647";
const FLASH_COOKIE: &str = "macaron_flash=success%3DPersonal%2Baccess%2Btoken%2Bhas%2Bbeen%2Bremoved; Path=/";
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// The most a form may hold here.
const LARGEST_FORM: usize = 64 * 1024;

pub(super) async fn answer(forge: &Arc<Core>, path: &[&str], request: Request<Body>) -> Response {
    if let (&Method::GET, Some(page)) = (request.method(), strangers::page(forge, path)) {
        return page;
    }
    let caller = auth::api(forge, request.headers());
    match (request.method(), path, caller) {
        (&Method::GET, ["healthcheck"], _) => answer::text(StatusCode::OK, "ok"),
        (&Method::GET, ["user", "settings", "applications"], Some(caller)) => applications(forge, caller),
        (&Method::POST, ["user", "settings", "applications", "delete"], Some(caller)) => {
            delete(forge, caller, request).await
        }
        (_, _, Some(_)) => answer::page(StatusCode::NOT_FOUND, "Page Not Found"),
        (_, _, None) => strangers::sign_in(),
    }
}

/// The list of tokens, with a button each that carries the token's id (template `applications.tmpl:34`).
fn applications(forge: &Core, caller: Caller) -> Response {
    let mut page = format!("<!DOCTYPE html>\n<input type=\"hidden\" name=\"_csrf\" value=\"{}\">\n", csrf(forge));
    for token in forge.state().tokens_of(caller.id) {
        let button = "<button class=\"ui red tiny basic button delete-button\"";
        let target = "data-url=\"/user/settings/applications/delete\"";
        let name = token.name.replace('&', "&amp;").replace('<', "&lt;");
        let added = token.created.strftime("%b %d, %Y");
        // Writing to a string cannot fail.
        let _ = writeln!(page, "<div class=\"item\">{button} {target} data-id=\"{}\">Delete</button>", token.id);
        let _ = writeln!(page, "<strong>{name}</strong> <i>Added on <span>{added}</span></i></div>");
    }
    answer::typed(StatusCode::OK, "text/html; charset=UTF-8", page)
}

/// Deletes one of the caller's own tokens; any other id is answered with the same success (recorded).
async fn delete(forge: &Arc<Core>, caller: Caller, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_FORM).await else { return answer::empty(StatusCode::BAD_REQUEST) };
    let field = |name: &str| form_urlencoded::parse(&body).find(|(key, _)| key == name).map(|(_, value)| value);
    match csrf_of(&parts.headers).or_else(|| field("_csrf").map(String::from)) {
        None => return answer::text(StatusCode::BAD_REQUEST, "Bad Request: no CSRF token present\n"),
        Some(token) if token != csrf(forge) => {
            return answer::text(StatusCode::BAD_REQUEST, "Bad Request: invalid CSRF token\n");
        }
        Some(_) => {}
    }
    let id: Option<i64> = field("id").and_then(|id| id.parse().ok());
    forge.state().tokens.retain(|_, token| token.account != caller.id || Some(token.id) != id);
    let mut response = answer::json(StatusCode::OK, &json!({"redirect": "/user/settings/applications"}));
    response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_static(FLASH_COOKIE));
    response
}

/// The CSRF token of everybody who is not signed in by a session: it is bound to the session's user, which is none.
fn csrf(forge: &Core) -> String {
    hex::encode(Sha256::new().chain_update(&forge.secret).chain_update("0").finalize())
}

fn csrf_of(headers: &HeaderMap) -> Option<String> {
    headers.get("x-csrf-token")?.to_str().ok().map(str::to_owned)
}

/// What the session middleware adds: safety headers always, three cookies for those who bring none.
pub(super) fn with_session(forge: &Core, has_session: bool, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("deny"));
    if has_session {
        return response;
    }
    let host = Url::parse(&forge.external_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.unwrap_or_default();
    let expires = now().saturating_add(DAY).unwrap_or(Timestamp::MAX).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let cookies = [
        LANGUAGE_COOKIE.to_owned(),
        format!("i_like_gogs={}; Path=/; HttpOnly; SameSite=Lax", &auth::random_hex()[..16]),
        format!("_csrf={}; Path=/; Domain={host}; Expires={expires}; HttpOnly", csrf(forge)),
    ];
    for cookie in cookies {
        if let Ok(value) = HeaderValue::try_from(cookie) {
            headers.append(header::SET_COOKIE, value);
        }
    }
    response
}
