//! Smart HTTP: who is let in, and to what (`internal/route/repo/http.go`).
//!
//! `GIT_PROTOCOL` is never passed on, so whatever a client asks for, it gets protocol v0. What LFS has no route for, its
//! locks, ends here as a file that is not there.
//!
//! The routes are as loose as Gogs's: the file is found in the lower-cased path, while
//! the permission needed is read from the path as it was sent, so that `GIT-RECEIVE-PACK` pushes with read rights. A
//! gateway that forwards paths as they come is found out here.

mod backend;

use std::sync::Arc;

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, Method, Request, StatusCode,
        header::{CACHE_CONTROL, EXPIRES, PRAGMA, WWW_AUTHENTICATE},
    },
    response::Response,
};

use self::backend::Backend;
use super::{answer, auth, call::query, core::Core, repository::Access};

/// A path of the Git catch-all: `/owner/name[.git]/…`, where `name` may be a wiki's.
pub(super) struct GitPath {
    owner: String,
    name: String,
    /// The wiki of the repository, which is authorized as the repository is.
    wiki: bool,
    /// What follows the repository, as it was sent.
    action: String,
    file: File,
}

enum File {
    Advertisement,
    Exchange(&'static str),
    Other,
}

impl GitPath {
    /// Recognises what Git clients ask for; everything else below a repository is a page.
    pub(super) fn parse(segments: &[String]) -> Option<Self> {
        let [owner, name, rest @ ..] = segments else { return None };
        let action = rest.join("/");
        let file = match action.to_lowercase().as_str() {
            "info/refs" => File::Advertisement,
            "git-upload-pack" => File::Exchange("git-upload-pack"),
            "git-receive-pack" => File::Exchange("git-receive-pack"),
            "head" => File::Other,
            other if other.starts_with("objects/") || other.starts_with("info/") => File::Other,
            _ => return None,
        };
        let name = name.strip_suffix(".git").unwrap_or(name);
        let (name, wiki) = name.strip_suffix(".wiki").map_or((name, false), |name| (name, true));
        Some(Self { owner: owner.clone(), name: name.to_owned(), wiki, action, file })
    }

    /// Write is what receives, by path or by the service asked for; nothing else is (`http.go:64`).
    fn needed(&self, service: Option<&str>) -> Access {
        match (self.action.as_str(), service) {
            ("git-receive-pack", _) | ("info/refs", Some("git-receive-pack")) => Access::Write,
            _ => Access::Read,
        }
    }

    /// The repository's directory below the project root.
    fn directory(&self) -> String {
        let wiki = if self.wiki { ".wiki" } else { "" };
        format!("{}/{}{wiki}.git", self.owner.to_lowercase(), self.name.to_lowercase())
    }
}

pub(super) async fn answer(forge: &Arc<Core>, path: &GitPath, request: Request<Body>) -> Response {
    let service = query(request.uri(), "service");
    if let Some(refusal) = refusal(forge, path, service.as_deref(), request.headers()) {
        return refusal;
    }
    let backend = Backend { forge, directory: path.directory() };
    if !forge.project_root().join(&backend.directory).exists() {
        return answer::empty(StatusCode::NOT_FOUND);
    }
    match (&path.file, service.as_deref()) {
        (File::Advertisement, Some(service @ ("git-upload-pack" | "git-receive-pack"))) => {
            backend.advertise(service).await
        }
        (File::Exchange(service), _) if request.method() == Method::POST => backend.exchange(service, request).await,
        (File::Advertisement, _) => without_cache(answer::empty(StatusCode::NOT_FOUND)),
        _ => answer::empty(StatusCode::NOT_FOUND),
    }
}

/// Why Git is not let in, if it is not. Absent is said before credentials are asked for; then 401; then 403, which git
/// shows as `remote: …`.
fn refusal(forge: &Core, path: &GitPath, service: Option<&str>, headers: &HeaderMap) -> Option<Response> {
    let state = forge.state();
    let Some(repository) = state.repository(&path.owner, &path.name) else {
        return Some(answer::empty(StatusCode::NOT_FOUND));
    };
    let Some(caller) = auth::git(&state, headers) else {
        return Some(challenge(answer::empty(StatusCode::UNAUTHORIZED)));
    };
    let admitted = repository.access(&state, caller.id) >= path.needed(service);
    (!admitted).then(|| challenge(answer::text(StatusCode::FORBIDDEN, "User permission denied")))
}

fn challenge(mut response: Response) -> Response {
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\".\""));
    response
}

fn without_cache(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(EXPIRES, HeaderValue::from_static("Fri, 01 Jan 1980 00:00:00 GMT"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, max-age=0, must-revalidate"));
    response
}
