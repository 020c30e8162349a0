//! The running gateway, as commands on its host see it: HTTP over the Unix socket.

use std::{io::ErrorKind, path::PathBuf};

use bytes::{Buf, Bytes};
use http::{Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;

use super::Failure;
use crate::config::plainly;

/// What a gateway answers is far smaller; what is larger is not a gateway.
const ANSWER_MAX: usize = 64 << 20;
/// One line of the trail: a record is bounded far below.
const LINE_MAX: usize = 16 << 20;

/// A running gateway.
#[derive(Debug)]
pub(super) struct Gateway {
    socket: PathBuf,
}

impl Gateway {
    pub(super) const fn at(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// Whether anybody listens, or why nobody does.
    pub(super) async fn reach(&self) -> Result<(), Failure> {
        UnixStream::connect(&self.socket).await.map(drop).map_err(|error| self.unreachable(&error))
    }

    /// Whether anybody listens.
    pub(super) async fn is_running(&self) -> bool {
        self.reach().await.is_ok()
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, &Value::Null).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, body).await
    }

    /// Hands each line of an answer to `take` as it comes.
    pub(super) async fn lines(
        &self,
        path: &str,
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut body = self.send(Method::GET, path, &Value::Null).await?.into_body();
        let mut pending = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| broken_off())?;
            let Ok(mut data) = frame.into_data() else { continue };
            while data.has_remaining() {
                let end = data.iter().position(|&byte| byte == b'\n');
                pending.extend_from_slice(&data.split_to(end.unwrap_or(data.len())));
                if end.is_some() {
                    data.advance(1);
                    take(&pending)?;
                    pending.clear();
                } else if pending.len() > LINE_MAX {
                    return Err(unintelligible());
                }
            }
        }
        Ok(())
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, Failure> {
        let answer = self.send(method, path, body).await?;
        read(answer).await
    }

    /// Sends a call; an answer that is not a success is the failure it tells of.
    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Response<Incoming>, Failure> {
        let stream = UnixStream::connect(&self.socket).await.map_err(|error| self.unreachable(&error))?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|_| broken_off())?;
        tokio::spawn(connection);
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "spanner")
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .expect("paths are written here, queries are encoded");
        let answer = sender.send_request(request).await.map_err(|_| broken_off())?;
        if answer.status().is_success() { Ok(answer) } else { Err(refusal(answer).await) }
    }

    fn unreachable(&self, error: &std::io::Error) -> Failure {
        let what = format!("no gateway answers at {}: {}", self.socket.display(), plainly(error));
        let hint = match error.kind() {
            ErrorKind::PermissionDenied => "run this as the user the gateway runs as",
            _ => {
                "start it with `spanner serve`; if it runs, name its socket with --socket, or its configuration with --config"
            }
        };
        Failure::failed(what, hint)
    }
}

async fn refusal(answer: Response<Incoming>) -> Failure {
    let status = answer.status();
    let Ok(document) = read(answer).await else { return status_alone(status) };
    let text = |member: &str| document[member].as_str().map(str::to_owned);
    match (text("reason"), text("detail")) {
        (Some(reason), Some(why)) => Failure::refused(reason, why, text("hint")),
        _ => status_alone(status),
    }
}

async fn read(answer: Response<Incoming>) -> Result<Value, Failure> {
    let collected = Limited::new(answer.into_body(), ANSWER_MAX).collect().await;
    let bytes =
        collected.map_err(|error| if error.is::<LengthLimitError>() { unintelligible() } else { broken_off() })?;
    serde_json::from_reader(bytes.aggregate().reader()).map_err(|_| unintelligible())
}

fn status_alone(status: StatusCode) -> Failure {
    Failure::failed(format!("the gateway answered {status}"), "use the command of the gateway's own version")
}

fn broken_off() -> Failure {
    Failure::failed("the gateway broke off", "look at its log: it may be stopping")
}

fn unintelligible() -> Failure {
    Failure::failed("what answers at the socket is not a gateway", "check `[operate] socket` in the configuration")
}
