//! `git http-backend` as a CGI child: bodies stream both ways in constant memory.

use std::process::Stdio;

use axum::{
    body::Body,
    http::{
        HeaderValue, Method, Request, StatusCode,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::Response,
};
use futures::TryStreamExt;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, Command},
};
use tokio_util::io::{ReaderStream, StreamReader};

use super::{
    super::{answer, core::Core, git::GitFailure},
    without_cache,
};

/// What Gogs hands on at once: as much as `os/exec` copies from git's output at once (`serviceRPC` in `http.go`, Go's
/// `io.Copy`).
const PIECE: usize = 32 * 1024;

/// `git http-backend` for one repository.
pub(super) struct Backend<'a> {
    pub(super) forge: &'a Core,
    /// The repository, below the project root.
    pub(super) directory: String,
}

impl Backend<'_> {
    pub(super) async fn advertise(&self, service: &str) -> Response {
        let mut command = self.command(&Method::GET, "info/refs");
        command.env("QUERY_STRING", format!("service={service}"));
        let kind = format!("application/x-{service}-advertisement");
        without_cache(self.converse(command, Body::empty(), &kind).await)
    }

    /// A content type that is not byte for byte the service's own is 401 without a challenge (`http.go:262`).
    pub(super) async fn exchange(&self, service: &str, request: Request<Body>) -> Response {
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

/// Starts the backend, feeds it in the background, and answers with its first bytes.
///
/// Not with its header, which it writes before it has read the request: Gogs (`http.go:293`, over Go's `net/http`) sends
/// no head before git has said something, and nginx stops passing a body on once the answer to it has begun.
async fn start(mut command: Command, body: Body) -> Result<Response, GitFailure> {
    let mut child = command.spawn()?;
    if let Some(stdin) = child.stdin.take() {
        tokio::spawn(feed(stdin, body));
    }
    let stdout = child.stdout.take().ok_or_else(|| std::io::Error::other("no standard output"))?;
    let mut stdout = BufReader::new(stdout);
    let status = status(&mut stdout).await?;
    stdout.fill_buf().await?;
    tokio::spawn(reap(child));
    let mut response = Response::new(Body::from_stream(ReaderStream::with_capacity(stdout, PIECE)));
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
