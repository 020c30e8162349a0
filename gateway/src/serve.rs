//! Building a gateway from its configuration, and running it until it is told to stop.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    authorize::policy::{CurrentPolicy, Policy},
    clock::SharedClock,
    config::{Config, SecretSource, StoreUrl},
    journal::Journal,
    keys::KeyRing,
    limit::Limits,
    listen::{Front, Tls},
    operate::{DoorError, Operator},
    own::{self, Own},
    seal::Sealer,
    store::{Sqlite, Stores},
    telemetry::Metrics,
};

use self::common::Common;
pub use self::error::StartError;

mod common;
mod error;

/// How often it is asked whether a key is due.
const ROTATION_ASKED_EVERY: Duration = Duration::from_mins(1);

/// A gateway that is ready to serve.
#[derive(Debug)]
pub struct Gateway {
    front: Front,
    listener: TcpListener,
    tls: Option<Tls>,
    operator: Operator,
    rings: [Arc<KeyRing>; 3],
    limits: Arc<Limits>,
    journal: Journal,
    store: Arc<Sqlite>,
    metrics: Metrics,
}

impl Gateway {
    /// Opens everything a gateway needs, the listeners last.
    pub async fn build(config: Config, clock: SharedClock) -> Result<Self, StartError> {
        let policy = Arc::new(CurrentPolicy::new(Policy::compile(&config)?));
        let StoreUrl::Sqlite(path) = &config.store.url;
        // Before the store is made: one that is there must find the key it was made with.
        let sealer = Arc::new(sealer(&config.store.sealing_key, path)?);
        let store = Arc::new(Sqlite::open(path).await?);
        let stores = Stores::of(Arc::clone(&store));
        let common = Common::open(&config, &stores, &sealer, policy, clock).await?;
        let gate = Arc::new(common.gate(&config, &stores, sealer.clone())?);
        let exchange = Arc::new(common.exchange(&config)?);
        let tls =
            config.listen.tls.as_ref().map(|tls| Tls::load(tls.certificate.clone(), tls.key.clone())).transpose()?;
        let own = own::router(Own {
            exchange,
            public_url: config.listen.public_url.clone(),
            sign_in: common.sign_in_office(&config, sealer)?,
        });
        let own = own.merge(own::api::router(Arc::clone(&gate)));
        let listener = bind(config.listen.address).await?;
        let accounts = gate.forwarder.accounts.clone();
        let front = Front { gate, own, listen: Arc::new(config.listen.clone()) };
        let operator = Operator::open(common.operator(config, accounts, tls.clone()))
            .await
            .map_err(|DoorError { door, error }| StartError::io(&door, error))?;
        let Common { keys, ticket_keys, sign_in_keys, limits, journal, metrics, .. } = common;
        let rings = [keys, ticket_keys, sign_in_keys];
        Ok(Self { front, listener, tls, operator, rings, limits, journal, store, metrics })
    }

    /// Where automations reach it: the port that was found, where the configuration leaves it open.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where its operators reach it, and nobody else should.
    pub fn private_address(&self) -> io::Result<SocketAddr> {
        self.operator.private_address()
    }

    /// The trail.
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Serves until told to stop; then lets what is under way finish, writes the journal out, and closes the store.
    pub async fn serve(self, stop: CancellationToken) {
        let rotation = tokio::spawn(rotate_on_schedule(self.rings));
        let keeping = tokio::spawn(Arc::clone(&self.limits).keep());
        let operator = tokio::spawn(self.operator.serve(stop.clone()));
        self.front.serve(self.listener, self.tls, stop).await;
        rotation.abort();
        keeping.abort();
        let _stopped = operator.await;
        if !self.journal.stop().await {
            tracing::error!("the journal could not be written out to its end");
        }
        if let Err(error) = self.limits.save().await {
            tracing::error!(%error, "what agents have spent could not be written down to its end");
        }
        self.store.close().await;
        self.metrics.shut_down().await;
    }
}

/// The key that seals secrets at rest; a file is made on the first start, and never for a store that was made with another.
fn sealer(source: &SecretSource, store: &Path) -> Result<Sealer, StartError> {
    match source {
        SecretSource::File(path) if store.exists() && !path.exists() => {
            Err(StartError::KeyGone { key: path.clone(), store: store.to_owned() })
        }
        SecretSource::File(path) => Ok(Sealer::load_or_create(path)?),
        SecretSource::Env(_) => Ok(Sealer::from_text(source.read()?.expose_secret())?),
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| StartError::io(&format!("`[listen] address` {address}"), error))
}

async fn rotate_on_schedule(rings: [Arc<KeyRing>; 3]) {
    let mut ticks = tokio::time::interval(ROTATION_ASKED_EVERY);
    loop {
        ticks.tick().await;
        for ring in &rings {
            if let Err(error) = ring.rotate_if_due().await {
                tracing::error!(%error, "an issuing key could not be rotated; it will be tried again");
            }
        }
    }
}
