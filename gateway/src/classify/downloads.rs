//! Downloads by the paths of web pages: served from the API calls that give the same bytes, so they are the same effects.
//!
//! Gogs's own web routes take no token, only sessions and passwords. What it keeps beside Git (files of releases,
//! attachments of issues) has no other route, so it cannot be served.

use gogs_spanner_capability::Reason;
use http::Method;

use super::{Query, RestCall, rest};
use crate::refuse::Refusal;

/// `/{owner}/{repo}/raw/…` and `/{owner}/{repo}/archive/…`.
pub(super) fn classify(method: &Method, segments: &[&str], query: &Query) -> Result<RestCall, Refusal> {
    let [owner, name, kind, rest @ ..] = segments else { return Err(Refusal::new(Reason::RouteUnknown)) };
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Err(Refusal::new(Reason::MethodRefused).because("a download is read"));
    }
    let name = name.strip_suffix(".git").unwrap_or(name);
    let twin = [&["api", "v1", "repos", owner, name, kind][..], rest].concat();
    rest::classify(method, &twin, query)
}

/// What is downloaded by pages alone.
pub(super) fn of_pages_alone() -> Refusal {
    Refusal::new(Reason::UpstreamCannot).because("the forge gives files of releases and attachments to people only")
}
