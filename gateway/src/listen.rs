//! Accepting connections: bounded in number, header bytes and idle time, and drained in the end.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::{
    body::{self, Response},
    classify::LARGEST_HEAD,
    config::Listen,
    gate::Gate,
    request::Arrival,
    telemetry::{request_span, trace_id},
};

mod accept;
mod arrival;
mod patience;
mod taking;
mod tls;

pub use self::tls::{Tls, TlsError};
use self::{accept::MOST_CONNECTIONS, patience::Patient, taking::Taking};

/// A head that is not there by then is not coming (slow and half-open callers).
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// What is larger than [`LARGEST_HEAD`] is refused with a reason; what is larger than this is not even read.
const LARGEST_HEAD_READ: usize = 2 * LARGEST_HEAD;
/// The most that is taken from a connection, or held back for it, at once: two of the pieces git cuts a pack into. Buffers
/// begin small and grow only where they are filled.
const READ_AT_ONCE: usize = 128 * 1024;
/// What git, curl and a few proxies send, many times over.
const MOST_HEADERS: usize = 64;

/// What answers on the gateway's name: its own endpoints, and the gate for everything else.
#[derive(Debug, Clone)]
pub struct Front {
    /// The pipeline.
    pub gate: Arc<Gate>,
    /// The gateway's own endpoints.
    pub own: axum::Router,
    /// How to connect, and whom to believe.
    pub listen: Arc<Listen>,
}

impl Front {
    /// Accepts until told to stop, then lets what is under way finish for a while.
    pub async fn serve(self, listener: TcpListener, tls: Option<Tls>, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let graceful = GracefulShutdown::new();
        while let Some((stream, peer, place)) = accept::next(&listener, &places, &stop).await {
            let (front, tls, watcher) = (self.clone(), tls.clone(), graceful.watcher());
            tokio::spawn(async move {
                front.connection(stream, peer, tls, watcher).await;
                drop(place);
            });
        }
        drop(listener);
        let patience = self.listen.drain.unsigned_abs();
        if tokio::time::timeout(patience, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still under way when the time to drain was over; they are cut");
        }
    }

    async fn connection(self, stream: TcpStream, peer: SocketAddr, tls: Option<Tls>, watcher: Watcher) {
        let _without_delay = stream.set_nodelay(true);
        let stream = Taking::new(stream);
        match tls {
            None => self.http(stream, peer, watcher).await,
            Some(tls) => match tls.accept(stream).await {
                Ok(stream) => self.http(stream, peer, watcher).await,
                Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
            },
        }
    }

    async fn http(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: SocketAddr,
        watcher: Watcher,
    ) {
        let service = service_fn(move |request| self.clone().respond(peer, request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .max_header_size(LARGEST_HEAD_READ)
            .max_buf_size(READ_AT_ONCE)
            .max_headers(MOST_HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }

    async fn respond(self, peer: SocketAddr, request: Request<Incoming>) -> Result<Response, Infallible> {
        let span = request_span(request.method(), request.headers());
        let trace_id = span.in_scope(|| trace_id(request.headers()));
        let arrival = Arrival::of(&request, peer, &self.listen, self.gate.clock.now(), trace_id);
        let (door, at, gate) = (arrival.door, arrival.at, Arc::clone(&self.gate));
        let answering = async move {
            let response = self.answer(arrival, request).await;
            let took = gate.clock.now().duration_since(at).unsigned_abs();
            gate.instruments.request_duration(door, response.status().as_u16(), took);
            Ok(response)
        };
        answering.instrument(span).await
    }

    async fn answer(self, arrival: Arrival, request: Request<Incoming>) -> Response {
        let request = request.map(|body| body::boxed(Patient::new(body)));
        if !is_own(request.uri().path()) {
            return self.gate.handle(arrival, request).await;
        }
        let mut request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(arrival);
        let Ok(response) = tower::ServiceExt::oneshot(self.own, request).await;
        response.map(body::boxed)
    }
}

/// Gogs reserves the owner `-` and uses nothing below these; what it shows at its root is a page for people.
fn is_own(path: &str) -> bool {
    path == "/" || path.starts_with("/-/spanner/") || path.starts_with("/.well-known/")
}
