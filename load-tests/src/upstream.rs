//! What both peers stand before: a server that answers one document at once, and as much of the accounts API as the
//! gateway asks for before an agent's first request.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The document both peers are asked for.
pub(crate) const DOCUMENT: &str = "/api/v1/repos/acme/web";
/// Makes the document 1 KiB, as a small answer of Gogs is.
const FILLER: usize = 900;

/// The upstream, for as long as the program runs.
pub(crate) struct Upstream {
    address: SocketAddr,
}

/// The one account that is made, as it was made.
type Account = Arc<Mutex<Option<Value>>>;

impl Upstream {
    /// Serves on a free port of loopback.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let account = Account::default();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let account = Arc::clone(&account);
                let service = service_fn(move |request| answer(Arc::clone(&account), request));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Ok(Self { address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn answer(account: Account, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    if path == DOCUMENT {
        return Ok(say(StatusCode::OK, &document()));
    }
    Ok(match (request.method(), path.as_str()) {
        (&Method::POST, "/api/v1/admin/users") => {
            let mut made: Value = read(request).await;
            made["id"] = json!(7);
            say(StatusCode::CREATED, account.lock().unwrap_or_else(PoisonError::into_inner).insert(made))
        }
        (&Method::POST, _) => say(StatusCode::CREATED, &json!({ "name": "spanner-1", "sha1": "0".repeat(40) })),
        (&Method::PUT, _) => say(StatusCode::NO_CONTENT, &Value::Null),
        (_, path) if path.ends_with("/tokens") => say(StatusCode::OK, &json!([])),
        _ => match account.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some(made) => say(StatusCode::OK, made),
            None => say(StatusCode::NOT_FOUND, &Value::Null),
        },
    })
}

async fn read(request: Request<Incoming>) -> Value {
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    serde_json::from_slice(&body).unwrap_or_default()
}

fn document() -> Value {
    json!({ "id": 1, "name": "web", "default_branch": "master", "empty": false, "mirror": false, "description": "x".repeat(FILLER) })
}

fn say(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let response = Response::builder().status(status).header("content-type", "application/json; charset=UTF-8");
    response.body(Full::from(text)).expect("a status and one header make a response")
}
