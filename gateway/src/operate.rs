//! What only the operator reaches: a private listener for probes and metrics, and the Unix socket the commands on this host act
//! through. Everything done through the socket is in the journal, under the peer's uid.

mod agents;
mod answer;
mod calls;
mod doctor;
mod people;
mod reload;
mod revocations;
mod socket;
mod trail;
mod watch;

use std::{io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::Request,
    middleware::Next,
    response::Response,
    routing::{get, post},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use self::socket::{Peer, Socket};
use crate::{
    authorize::policy::CurrentPolicy,
    clock::SharedClock,
    config::Config,
    journal::Journal,
    keys::KeyRing,
    limit::Limits,
    listen::Tls,
    people::Register,
    revoke::RevocationList,
    telemetry::{Instruments, Metrics, request_span},
    upstream::UpstreamAccounts,
};

/// The parts of a gateway an operator acts on.
#[derive(Debug, Clone)]
pub struct OperatorParts {
    /// The configuration the gateway was started with; the policy in it is read again on reload.
    pub config: Config,
    /// The certificate, where TLS ends here: a reload takes up a renewed one.
    pub tls: Option<Tls>,
    /// The policy in force.
    pub policy: Arc<CurrentPolicy>,
    /// The issuing keys.
    pub keys: Arc<KeyRing>,
    /// What is revoked.
    pub revoked: Arc<RevocationList>,
    /// What is spent.
    pub limits: Arc<Limits>,
    /// Who was met, and who is locked.
    pub register: Arc<Register>,
    /// The forge's accounts and repositories.
    pub accounts: UpstreamAccounts,
    /// The trail.
    pub journal: Journal,
    /// The time.
    pub clock: SharedClock,
    /// What is measured.
    pub metrics: Metrics,
    /// What telemetry counts.
    pub instruments: Instruments,
}

/// The operator's two doors, open.
#[derive(Debug)]
pub struct Operator {
    private: TcpListener,
    socket: Socket,
    operations: Arc<Operations>,
}

/// A door that does not open.
#[derive(Debug, thiserror::Error)]
#[error("{door}: {error}")]
pub struct DoorError {
    /// Which one, as the configuration names it.
    pub door: String,
    /// Why not.
    pub error: io::Error,
}

/// What the doors lead to.
#[derive(Debug)]
struct Operations {
    parts: OperatorParts,
    /// Cancelled when the gateway stops: it is not ready any more, and who follows the trail is let go.
    stop: CancellationToken,
}

impl Operator {
    /// Opens both doors. Whoever calls this owns the store, so a socket left over by a dead gateway may be replaced.
    pub async fn open(parts: OperatorParts) -> Result<Self, DoorError> {
        let (address, socket) = (parts.config.operate.address, &parts.config.operate.socket);
        let private = TcpListener::bind(address).await;
        let private = private.map_err(|error| DoorError { door: format!("`[operate] address` {address}"), error })?;
        let door = || format!("`[operate] socket` {}", socket.display());
        let socket = Socket::bind(socket).map_err(|error| DoorError { door: door(), error })?;
        Ok(Self { private, socket, operations: Arc::new(Operations { parts, stop: CancellationToken::new() }) })
    }

    /// Where the private listener stands.
    pub fn private_address(&self) -> io::Result<SocketAddr> {
        self.private.local_addr()
    }

    /// Answers until told to stop; the socket is gone afterwards.
    pub async fn serve(self, stop: CancellationToken) {
        let Self { private, socket, operations } = self;
        let private = axum::serve(private, watch::router(Arc::clone(&operations)));
        let (listener, _remove_at_the_end) = socket.into_parts();
        let routes = routes(Arc::clone(&operations)).into_make_service_with_connect_info::<Peer>();
        let calls = axum::serve(listener, routes);
        let ended = operations.stop.clone();
        let watch = async {
            tokio::select! {
                () = reload_on_hangup(&operations) => {}
                () = stop.cancelled() => {}
            }
            operations.stop.cancel();
        };
        let (private, calls, ()) = tokio::join!(
            private.with_graceful_shutdown(ended.clone().cancelled_owned()),
            calls.with_graceful_shutdown(ended.cancelled_owned()),
            watch,
        );
        for error in [private, calls].into_iter().filter_map(Result::err) {
            tracing::error!(%error, "an operator's door was closed early");
        }
    }
}

fn routes(operations: Arc<Operations>) -> Router {
    Router::new()
        .route("/reload", post(calls::reload))
        .route("/revoke/token", post(revocations::token))
        .route("/revoke/agent", post(revocations::agent))
        .route("/revoke/key", post(revocations::key))
        .route("/revoke/person", post(revocations::person))
        .route("/revoke/before", post(revocations::before))
        .route("/keys", get(calls::keys))
        .route("/keys/rotate", post(calls::rotate))
        .route("/agents", get(agents::agents))
        .route("/lock", post(people::lock))
        .route("/unlock", post(people::unlock))
        .route("/people", get(people::list))
        .route("/people/forget", post(people::forget))
        .route("/doctor", post(doctor::doctor))
        .route("/repositories/confirm", post(calls::confirm))
        .route("/audit", get(trail::search))
        .route("/audit/follow", get(trail::follow))
        .layer(axum::middleware::from_fn(socket::only_the_owner))
        .layer(axum::middleware::from_fn(within_a_span))
        .with_state(operations)
}

/// A command is a request like any other, with a trace of its own.
async fn within_a_span(request: Request, next: Next) -> Response {
    let span = request_span(request.method(), request.headers());
    next.run(request).instrument(span).await
}

/// SIGHUP does what `POST /reload` does.
async fn reload_on_hangup(operations: &Operations) {
    let Ok(mut hangups) = signal(SignalKind::hangup()) else {
        tracing::warn!("SIGHUP cannot be listened to; `spanner` commands still reload");
        return std::future::pending().await;
    };
    while hangups.recv().await.is_some() {
        // Said loudly either way by `reload` itself.
        let _told = operations.reload();
    }
}
