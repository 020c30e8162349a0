//! Building a gateway from its configuration, and running it until it is told to stop.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    authenticate::Authenticator,
    authorize::{
        Authorizer,
        policy::{CurrentPolicy, Policy},
    },
    client::{self, Purpose},
    clock::SharedClock,
    config::{Config, ConfigError, SecretSource, StoreUrl},
    examine::{
        pack::{self, Quarantine},
        spool::SpoolError,
    },
    exchange::{Exchange, ExchangeParts, issuer::Issuers},
    forward::Forge,
    gate::Gate,
    journal::Journal,
    keys::{KeyError, KeyRing},
    listen::{Front, Tls, TlsError},
    operate::Operator,
    own::{self, Own},
    revoke::RevocationList,
    seal::{SealError, Sealer},
    store::{StoreError, Stores, Sqlite},
    telemetry::Instruments,
    upstream::{Gogs, UpstreamAccounts},
};

/// How often it is asked whether a key is due.
const ROTATION_ASKED_EVERY: Duration = Duration::from_secs(60);

/// Why a gateway does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// What an operator wrote.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store.
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    /// The sealing key.
    #[error("the sealing key: {0}")]
    Seal(#[from] SealError),
    /// The issuing keys.
    #[error("the issuing keys: {0}")]
    Keys(#[from] KeyError),
    /// The certificate.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// The spool.
    #[error("the spool: {0}")]
    Spool(#[from] SpoolError),
    /// The machine's TLS set-up.
    #[error("the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// An address or a directory.
    #[error("{what}: {error}")]
    Io {
        /// What was to be opened.
        what: String,
        /// Why it was not.
        error: io::Error,
    },
}

/// A gateway that is ready to serve.
#[derive(Debug)]
pub struct Gateway {
    front: Front,
    listener: TcpListener,
    tls: Option<Tls>,
    operator: Operator,
    keys: Arc<KeyRing>,
    journal: Journal,
    store: Arc<Sqlite>,
}

impl Gateway {
    /// Opens everything a gateway needs, the listeners last. `source` is where the configuration is read again from.
    pub async fn build(config: Config, source: PathBuf, clock: SharedClock) -> Result<Self, StartError> {
        let StoreUrl::Sqlite(path) = &config.store.url;
        let store = Arc::new(Sqlite::open(path).await?);
        let stores = Stores::of(Arc::clone(&store));
        let sealer = Arc::new(sealer(&config.store.sealing_key)?);
        let tokens = &config.tokens;
        let keys = KeyRing::open(
            Arc::clone(&stores.keys),
            Arc::clone(&sealer),
            Arc::clone(&clock),
            tokens.rotate_key_every,
            tokens.max_lifetime,
        );
        let keys = Arc::new(keys.await?);
        let revoked = Arc::new(RevocationList::open(Arc::clone(&stores.revocations), Arc::clone(&clock)).await?);
        let journal = Journal::start(Arc::clone(&stores.records), Arc::clone(&clock));
        let policy = Arc::new(CurrentPolicy::new(Policy::compile(&config)?));
        let instruments = Instruments::new(&policy.load());
        let upstream = &config.upstream;
        let gogs = Gogs::new(client::client(Purpose::Forge)?, upstream.url.clone(), upstream.admin_token.read()?);
        let accounts = UpstreamAccounts::new(
            Arc::new(gogs),
            Arc::clone(&stores.accounts),
            sealer,
            Arc::clone(&clock),
            &upstream.account_prefix,
        );
        let public_url = config.listen.public_url.as_str().to_owned();
        let quarantine = Quarantine::open(pack::Settings {
            directory: config.git.spool.clone(),
            quota: config.git.quota.0,
            upstream: upstream.url.clone(),
            repositories: upstream.repositories.clone(),
        })?;
        let gate = Arc::new(Gate {
            public_url: public_url.clone(),
            clock: Arc::clone(&clock),
            policy: Arc::clone(&policy),
            keys: Arc::clone(&keys),
            authenticator: Authenticator::new(Arc::clone(&revoked)),
            authorizer: Authorizer::new(public_url),
            journal: journal.clone(),
            accounts: Arc::new(accounts),
            forge: Forge::new(config.upstream.url.clone()),
            quarantine,
            instruments: instruments.clone(),
        });
        let exchange = Arc::new(Exchange::new(ExchangeParts {
            policy: Arc::clone(&policy),
            keys: Arc::clone(&keys),
            revoked: Arc::clone(&revoked),
            journal: journal.clone(),
            issuers: Issuers::new(&config.issuers, &config.listen.public_url, Arc::clone(&clock)),
            tokens: config.tokens.clone(),
            public_url: config.listen.public_url.clone(),
            clock,
            instruments,
        }));
        let tls = config.listen.tls.as_ref().map(|tls| Tls::load(tls.certificate.clone(), tls.key.clone())).transpose()?;
        let operator = Operator::open(&config.operate, source, &policy, &revoked, &journal, &keys, &exchange)
            .map_err(|error| StartError::Io { what: "the operator's socket".to_owned(), error })?;
        let own = own::router(Own { exchange, public_url: config.listen.public_url.clone() });
        let listener = bind(config.listen.address).await?;
        let front = Front { gate, own, listen: Arc::new(config.listen) };
        Ok(Self { front, listener, tls, operator, keys, journal, store })
    }

    /// Serves until told to stop; then lets what is under way finish, writes the journal out, and closes the store.
    pub async fn serve(self, stop: CancellationToken) {
        let rotation = tokio::spawn(rotate_on_schedule(Arc::clone(&self.keys)));
        let operator = tokio::spawn(self.operator.serve(stop.clone()));
        self.front.serve(self.listener, self.tls, stop).await;
        rotation.abort();
        let _stopped = operator.await;
        if !self.journal.stop().await {
            tracing::error!("the journal could not be written out to its end");
        }
        self.store.close().await;
    }
}

/// The key that seals secrets at rest; a file is made on the first start.
fn sealer(source: &SecretSource) -> Result<Sealer, StartError> {
    match source {
        SecretSource::File(path) => Ok(Sealer::load_or_create(path)?),
        SecretSource::Env(_) => Ok(Sealer::from_text(source.read()?.expose_secret())?),
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| StartError::Io { what: format!("listening on {address}"), error })
}

async fn rotate_on_schedule(keys: Arc<KeyRing>) {
    let mut ticks = tokio::time::interval(ROTATION_ASKED_EVERY);
    loop {
        ticks.tick().await;
        if let Err(error) = keys.rotate_if_due().await {
            tracing::error!(%error, "the issuing key could not be rotated; it will be tried again");
        }
    }
}
