//! Smart HTTP by `git http-backend`, behind Gogs's own checks (`internal/route/repo/http.go`).
//!
//! Bodies stream both ways in constant memory. `GIT_PROTOCOL` is never passed, so whatever a client asks for, it gets
//! protocol v0. LFS would be asked for under the same paths, and answers as an absent file until it is built.

use std::{path::Path, process::Stdio, sync::Arc};

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, Method, Request, StatusCode,
        header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPIRES, PRAGMA, WWW_AUTHENTICATE},
    },
    response::Response,
};
use futures::TryStreamExt;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, Command},
};
use tokio_util::io::{ReaderStream, StreamReader};

use super::{answer, auth, call::query, core::Core, git::GitFailure, repository::Access};

/// A path of the Git catch-all: `/owner/name[.git]/…`, where `name` may be a wiki's.
pub(super) struct GitPath {
    owner: String,
    name: String,
    /// The wiki of the repository, which is authorized as the repository is.
    wiki: bool,
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
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let file = match rest.as_slice() {
            ["info", "refs"] => File::Advertisement,
            ["git-upload-pack"] => File::Exchange("git-upload-pack"),
            ["git-receive-pack"] => File::Exchange("git-receive-pack"),
            ["HEAD"] | ["objects" | "info", _, ..] => File::Other,
            _ => return None,
        };
        let name = name.strip_suffix(".git").unwrap_or(name);
        let (name, wiki) = name.strip_suffix(".wiki").map_or((name, false), |name| (name, true));
        Some(Self { owner: owner.clone(), name: name.to_owned(), wiki, file })
    }

    /// Write is what receives, by path or by the service asked for; nothing else is (`http.go:64`).
    fn needed(&self, service: Option<&str>) -> Access {
        match (&self.file, service) {
            (File::Exchange("git-receive-pack"), _) | (File::Advertisement, Some("git-receive-pack")) => Access::Write,
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

/// `git http-backend` for one repository.
struct Backend<'a> {
    forge: &'a Core,
    directory: String,
}

impl Backend<'_> {
    async fn advertise(&self, service: &str) -> Response {
        let mut command = self.command(&Method::GET, "info/refs");
        command.env("QUERY_STRING", format!("service={service}"));
        let kind = format!("application/x-{service}-advertisement");
        without_cache(self.converse(command, Body::empty(), &kind).await)
    }

    /// A content type that is not byte for byte the service's own is 401 without a challenge (`http.go:262`).
    async fn exchange(&self, service: &str, request: Request<Body>) -> Response {
        let expected = format!("application/x-{service}-request");
        if request.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes() != expected.as_bytes()) {
            return answer::empty(StatusCode::UNAUTHORIZED);
        }
        let mut command = self.command(&Method::POST, service);
        command.env("CONTENT_TYPE", expected);
        for (name, variable) in [(CONTENT_ENCODING, "HTTP_CONTENT_ENCODING"), (CONTENT_LENGTH, "CONTENT_LENGTH")] {
            if let Some(value) = request.headers().get(name).and_then(|value| value.to_str().ok()) {
                command.env(variable, value);
            }
        }
        self.converse(command, request.into_body(), &format!("application/x-{service}-result")).await
    }

    fn command(&self, method: &Method, file: &str) -> Command {
        let mut command = self.forge.git.command();
        command.arg("http-backend").stdin(Stdio::piped()).stderr(Stdio::null());
        command.env("GIT_PROJECT_ROOT", self.forge.project_root()).env("GIT_HTTP_EXPORT_ALL", "1");
        command.env("PATH_INFO", format!("/{}/{file}", self.directory)).env("REQUEST_METHOD", method.as_str());
        // Named, the caller may push: who may was decided before.
        command.env("REMOTE_USER", "forge");
        command
    }

    async fn converse(&self, command: Command, body: Body, content_type: &str) -> Response {
        match start(command, body).await {
            Ok(mut response) => {
                if response.status() == StatusCode::OK
                    && let Ok(kind) = HeaderValue::try_from(content_type)
                {
                    response.headers_mut().insert(CONTENT_TYPE, kind);
                }
                response
            }
            Err(_) => answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

/// Starts the backend, feeds it in the background, and answers as soon as its header is read.
async fn start(mut command: Command, body: Body) -> Result<Response, GitFailure> {
    let mut child = command.spawn()?;
    if let Some(stdin) = child.stdin.take() {
        tokio::spawn(feed(stdin, body));
    }
    let stdout = child.stdout.take().ok_or_else(|| std::io::Error::other("no standard output"))?;
    let mut stdout = BufReader::new(stdout);
    let status = status(&mut stdout).await?;
    tokio::spawn(reap(child));
    let mut response = Response::new(Body::from_stream(ReaderStream::new(stdout)));
    *response.status_mut() = status;
    Ok(response)
}

/// Ends early when the backend does: it then has said all it will.
async fn feed(mut stdin: ChildStdin, body: Body) {
    let mut body = StreamReader::new(body.into_data_stream().map_err(std::io::Error::other));
    let _ = tokio::io::copy(&mut body, &mut stdin).await;
    let _ = stdin.shutdown().await;
}

async fn reap(mut child: Child) {
    // Its exit code comes too late for an answer that is already on its way.
    let _ = child.wait().await;
}

/// Reads the CGI header, of which only the status matters: the rest is said as Gogs says it.
async fn status(stdout: &mut (impl AsyncBufReadExt + Unpin)) -> Result<StatusCode, GitFailure> {
    let mut status = StatusCode::OK;
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).await? == 0 {
            return Err(std::io::Error::other("no CGI header").into());
        }
        if line.trim_end().is_empty() {
            return Ok(status);
        }
        if let Some(code) = line.strip_prefix("Status: ").and_then(|value| value.get(..3)) {
            status = code.parse().map_err(std::io::Error::other)?;
        }
    }
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

/// Whether a bare repository has no reference yet.
pub(super) fn is_empty(directory: &Path) -> bool {
    let heads = directory.join("refs/heads");
    let none = std::fs::read_dir(heads).map_or(true, |mut entries| entries.next().is_none());
    none && !directory.join("packed-refs").exists()
}
