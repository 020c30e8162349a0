//! Building a gateway from its configuration, and running it until it is told to stop.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

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
    body::Room,
    client::{self, Purpose},
    clock::SharedClock,
    config::{Config, ConfigError, SecretSource, StoreUrl, plainly},
    examine::{
        Examiner,
        pack::{self, Quarantine},
        spool::SpoolError,
    },
    exchange::{Exchange, ExchangeParts, Issuers},
    forward::{Forge, Forwarder, Rewriter},
    gate::Gate,
    journal::Journal,
    keys::{KeyError, KeyRing},
    listen::{Front, Tls, TlsError},
    operate::{DoorError, Operator, OperatorParts},
    own::{self, Own},
    revoke::RevocationList,
    seal::{SealError, Sealer},
    store::{self, Sqlite, StoreError, Stores},
    telemetry::{Instruments, Measured, Metrics},
    ticket::{self, TicketOffice},
    upstream::{Gogs, UpstreamAccounts},
};

/// How often it is asked whether a key is due.
const ROTATION_ASKED_EVERY: Duration = Duration::from_mins(1);

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
    /// The sealing key, of a store that is there.
    #[error("the sealing key {} is gone, and {} was made with it", key.display(), store.display())]
    KeyGone {
        /// Where it should be.
        key: PathBuf,
        /// What cannot be read without it.
        store: PathBuf,
    },
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
    #[error("{what}: {}", plainly(error))]
    Io {
        /// What was to be opened.
        what: String,
        /// Why it was not.
        error: io::Error,
    },
}

impl StartError {
    /// What to do about it.
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Config(_) => "mend the configuration; `spanner config check` says whether it holds",
            Self::Store(StoreError::Owned(_)) => {
                "another gateway owns this store: stop it, or give this one its own `[store] url`"
            }
            Self::Store(_) => "check `[store] url`, its directory and its disk",
            Self::KeyGone { .. } => {
                "give it back from its backup; without it, move the store away: the gateway begins anew, and makes both"
            }
            Self::Seal(SealError::File(_)) => {
                "let the user the gateway runs as use `[store] sealing_key`, and nobody else (0600)"
            }
            Self::Seal(_) => "give back the sealing key this store was made with, `[store] sealing_key`",
            Self::Keys(_) => "give back the sealing key the issuing keys were sealed with, `[store] sealing_key`",
            Self::Tls(_) => "let `[listen] tls` name a chain in PEM, the server's own certificate first, and its key",
            Self::Spool(_) => "check `[git] spool`: it must be writable and belong to this gateway alone",
            Self::Client(_) => "check the machine's TLS certificates",
            Self::Io { error, .. } => match error.kind() {
                io::ErrorKind::AddrInUse => "stop what listens there, or give the configuration another",
                io::ErrorKind::AddrNotAvailable => "give an address of this machine, `127.0.0.1:8080`",
                io::ErrorKind::PermissionDenied => {
                    "run it as a user who may, or give another (ports below 1024 are root's)"
                }
                _ => "check that the address is free, or the directory writable",
            },
        }
    }
}

/// A gateway that is ready to serve.
#[derive(Debug)]
pub struct Gateway {
    front: Front,
    listener: TcpListener,
    tls: Option<Tls>,
    operator: Operator,
    rings: [Arc<KeyRing>; 2],
    journal: Journal,
    store: Arc<Sqlite>,
    metrics: Metrics,
}

/// What the gate, the token service and the operator share.
struct Common {
    clock: SharedClock,
    policy: Arc<CurrentPolicy>,
    keys: Arc<KeyRing>,
    ticket_keys: Arc<KeyRing>,
    revoked: Arc<RevocationList>,
    journal: Journal,
    metrics: Metrics,
    instruments: Instruments,
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
        let gate = Arc::new(common.gate(&config, &stores, sealer)?);
        let exchange = Arc::new(common.exchange(&config)?);
        let tls =
            config.listen.tls.as_ref().map(|tls| Tls::load(tls.certificate.clone(), tls.key.clone())).transpose()?;
        let own = own::router(Own { exchange, public_url: config.listen.public_url.clone() });
        let listener = bind(config.listen.address).await?;
        let accounts = gate.forwarder.accounts.clone();
        let front = Front { gate, own, listen: Arc::new(config.listen.clone()) };
        let operator = Operator::open(common.operator(config, accounts, tls.clone()))
            .await
            .map_err(|DoorError { door, error }| io(&door, error))?;
        let Common { keys, ticket_keys, journal, metrics, .. } = common;
        Ok(Self { front, listener, tls, operator, rings: [keys, ticket_keys], journal, store, metrics })
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
        let operator = tokio::spawn(self.operator.serve(stop.clone()));
        self.front.serve(self.listener, self.tls, stop).await;
        rotation.abort();
        let _stopped = operator.await;
        if !self.journal.stop().await {
            tracing::error!("the journal could not be written out to its end");
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
    TcpListener::bind(address).await.map_err(|error| io(&format!("`[listen] address` {address}"), error))
}

fn io(what: &str, error: io::Error) -> StartError {
    StartError::Io { what: what.to_owned(), error }
}

async fn rotate_on_schedule(rings: [Arc<KeyRing>; 2]) {
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

impl Common {
    async fn open(
        config: &Config,
        stores: &Stores,
        sealer: &Arc<Sealer>,
        policy: Arc<CurrentPolicy>,
        clock: SharedClock,
    ) -> Result<Self, StartError> {
        let rotate_every = config.tokens.rotate_key_every;
        let ring = |purpose, lifetime| {
            KeyRing::open(purpose, stores.keys.clone(), Arc::clone(sealer), clock.clone(), rotate_every, lifetime)
        };
        let keys = Arc::new(ring(store::Purpose::Tokens, config.tokens.max_lifetime).await?);
        let ticket_keys = Arc::new(ring(store::Purpose::LfsTickets, ticket::LIFETIME).await?);
        let metrics = Metrics::open(&config.telemetry);
        let instruments = Instruments::of(&metrics.meter(), policy.clone());
        let revocations = Measured::new(stores.revocations.clone(), instruments.clone());
        let records = Measured::new(stores.records.clone(), instruments.clone());
        let watched = Arc::clone(&keys);
        instruments.watch_keys(move || watched.signing_for(), rotate_every.unsigned_abs());
        Ok(Self {
            keys,
            ticket_keys,
            revoked: Arc::new(RevocationList::open(revocations, clock.clone()).await?),
            journal: Journal::start(records, clock.clone()),
            metrics,
            instruments,
            policy,
            clock,
        })
    }

    fn gate(&self, config: &Config, stores: &Stores, sealer: Arc<Sealer>) -> Result<Gate, StartError> {
        let upstream = &config.upstream;
        let public_url = config.listen.public_url.as_str();
        let gogs = Gogs::new(client::client(Purpose::Forge)?, upstream.url.clone(), upstream.admin_token.read()?);
        let (rows, identities) = (stores.accounts.clone(), stores.identities.clone());
        let (gogs, clock) = (Arc::new(gogs), self.clock.clone());
        let accounts = UpstreamAccounts::new(gogs, rows, identities, sealer, clock, &upstream.account_prefix);
        let authorizer = Arc::new(Authorizer::new(public_url, self.instruments.clone()));
        let quarantine = Quarantine::open(pack::Settings {
            directory: config.git.spool.clone(),
            quota: config.git.quota.0,
            upstream: upstream.url.clone(),
            repositories: upstream.repositories.clone(),
        })?;
        let room = Room::default();
        let forge = Forge::new(upstream.url.clone(), self.instruments.clone());
        Ok(Gate {
            public_url: public_url.to_owned(),
            clock: self.clock.clone(),
            policy: self.policy.clone(),
            keys: self.keys.clone(),
            ticket_keys: self.ticket_keys.clone(),
            authenticator: Authenticator::new(self.revoked.clone(), self.instruments.clone()),
            examiner: Examiner {
                authorizer: authorizer.clone(),
                accounts: accounts.clone(),
                quarantine,
                room: room.clone(),
            },
            journal: self.journal.clone(),
            forwarder: Forwarder {
                forge,
                rewriter: Rewriter {
                    public_url: public_url.into(),
                    authorizer: authorizer.clone(),
                    accounts: accounts.clone(),
                    room,
                },
                accounts,
                tickets: TicketOffice::new(self.ticket_keys.clone(), public_url),
            },
            authorizer,
            instruments: self.instruments.clone(),
        })
    }

    fn exchange(&self, config: &Config) -> Result<Exchange, StartError> {
        Ok(Exchange::new(ExchangeParts {
            policy: self.policy.clone(),
            keys: self.keys.clone(),
            revoked: self.revoked.clone(),
            journal: self.journal.clone(),
            issuers: Issuers::new(&config.issuers, &config.listen.public_url, &self.clock)?,
            tokens: config.tokens.clone(),
            public_url: config.listen.public_url.clone(),
            instruments: self.instruments.clone(),
        }))
    }

    fn operator(&self, config: Config, accounts: UpstreamAccounts, tls: Option<Tls>) -> OperatorParts {
        OperatorParts {
            config,
            tls,
            policy: self.policy.clone(),
            keys: self.keys.clone(),
            revoked: self.revoked.clone(),
            journal: self.journal.clone(),
            accounts,
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
            instruments: self.instruments.clone(),
        }
    }
}
