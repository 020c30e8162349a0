//! What the gate, the token service and the operator share, and how each of them is put together from it.

use std::sync::Arc;

use super::StartError;
use crate::{
    authenticate::Authenticator,
    authorize::{Authorizer, policy::CurrentPolicy},
    body::Room,
    client::{self, Purpose},
    clock::SharedClock,
    config::{Config, people::SIGN_IN_AT_MOST},
    examine::{
        Examiner, ObjectStore,
        pack::{self, Quarantine},
    },
    exchange::{Exchange, ExchangeParts, Issuers, SignInOffice, SignInParts},
    forward::{Forge, Forwarder, Rewriter},
    gate::Gate,
    journal::Journal,
    keys::KeyRing,
    limit::Limits,
    listen::Tls,
    operate::OperatorParts,
    people::Register,
    revoke::RevocationList,
    seal::Sealer,
    store::{self, Stores},
    telemetry::{Instruments, Measured, Metrics},
    ticket::{self, TicketOffice},
    upstream::{Edition, Gogs, UpstreamAccounts},
};

/// What the gate, the token service and the operator share.
pub(super) struct Common {
    clock: SharedClock,
    policy: Arc<CurrentPolicy>,
    pub(super) keys: Arc<KeyRing>,
    pub(super) ticket_keys: Arc<KeyRing>,
    pub(super) sign_in_keys: Arc<KeyRing>,
    revoked: Arc<RevocationList>,
    pub(super) limits: Arc<Limits>,
    register: Arc<Register>,
    pub(super) journal: Journal,
    pub(super) metrics: Metrics,
    instruments: Instruments,
}

impl Common {
    pub(super) async fn open(
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
        let sign_in_keys = Arc::new(ring(store::Purpose::SignIns, SIGN_IN_AT_MOST).await?);
        let metrics = Metrics::open(&config.telemetry);
        let instruments = Instruments::of(&metrics.meter(), policy.clone());
        let revocations = Measured::new(stores.revocations.clone(), instruments.clone());
        let records = Measured::new(stores.records.clone(), instruments.clone());
        let watched = Arc::clone(&keys);
        instruments.watch_keys(move || watched.signing_for(), rotate_every.unsigned_abs());
        Ok(Self {
            keys,
            ticket_keys,
            sign_in_keys,
            register: Arc::new(Register::open(stores.people.clone(), stores.locks.clone(), clock.clone()).await?),
            revoked: Arc::new(RevocationList::open(revocations, clock.clone()).await?),
            limits: Arc::new(Limits::open(stores.spendings.clone(), clock.clone()).await?),
            journal: Journal::start(records, clock.clone()),
            metrics,
            instruments,
            policy,
            clock,
        })
    }

    pub(super) fn gate(&self, config: &Config, stores: &Stores, sealer: Arc<Sealer>) -> Result<Gate, StartError> {
        let upstream = &config.upstream;
        let public_url = config.listen.public_url.as_str();
        let gogs = Gogs::new(client::client(Purpose::Forge)?, upstream.url.clone(), upstream.admin_token.read()?);
        let (rows, identities) = (stores.accounts.clone(), stores.identities.clone());
        let (gogs, clock) = (Arc::new(gogs), self.clock.clone());
        let accounts = UpstreamAccounts::new(gogs, rows, identities, sealer, clock, &upstream.account_prefix);
        let authorizer = Arc::new(Authorizer::new(public_url, self.limits.clone(), self.instruments.clone()));
        let quarantine = Quarantine::open(pack::Settings {
            directory: config.git.spool.clone(),
            quota: config.git.quota.0,
            upstream: upstream.url.clone(),
            repositories: upstream.repositories.clone(),
        })?;
        let client = client::client(Purpose::Forge)?;
        let edition = Edition::new(client, upstream.url.clone(), upstream.version, self.clock.clone());
        let objects = ObjectStore { edition, largest: config.git.largest_object.0 };
        let room = Room::default();
        let forge = Forge::new(upstream.url.clone(), self.instruments.clone());
        Ok(Gate {
            public_url: public_url.to_owned(),
            clock: self.clock.clone(),
            policy: self.policy.clone(),
            keys: self.keys.clone(),
            ticket_keys: self.ticket_keys.clone(),
            limits: self.limits.clone(),
            authenticator: Authenticator::new(self.revoked.clone(), self.register.clone(), self.instruments.clone()),
            examiner: Examiner {
                authorizer: authorizer.clone(),
                accounts: accounts.clone(),
                quarantine,
                room: room.clone(),
                objects,
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

    pub(super) fn exchange(&self, config: &Config) -> Result<Exchange, StartError> {
        Ok(Exchange::new(ExchangeParts {
            policy: self.policy.clone(),
            keys: self.keys.clone(),
            sign_in_keys: self.sign_in_keys.clone(),
            revoked: self.revoked.clone(),
            limits: self.limits.clone(),
            register: self.register.clone(),
            journal: self.journal.clone(),
            issuers: Issuers::new(&config.issuers, &config.listen.public_url, &self.clock)?,
            tokens: config.tokens.clone(),
            public_url: config.listen.public_url.clone(),
            instruments: self.instruments.clone(),
        }))
    }

    /// Where people sign in, if the configuration says where they come from.
    pub(super) fn sign_in_office(
        &self,
        config: &Config,
        sealer: Arc<Sealer>,
    ) -> Result<Option<Arc<SignInOffice>>, StartError> {
        let Some(people) = &config.people else { return Ok(None) };
        // That there is one of the name was seen to when the policy was compiled.
        let Some(issuer) = config.issuers.iter().find(|issuer| issuer.name == people.issuer) else { return Ok(None) };
        let parts = SignInParts {
            policy: self.policy.clone(),
            keys: self.sign_in_keys.clone(),
            register: self.register.clone(),
            revoked: self.revoked.clone(),
            sealer,
            journal: self.journal.clone(),
            public_url: config.listen.public_url.clone(),
            instruments: self.instruments.clone(),
            clock: self.clock.clone(),
        };
        SignInOffice::open(people, issuer, parts).map(|office| Some(Arc::new(office)))
    }

    pub(super) fn operator(&self, config: Config, accounts: UpstreamAccounts, tls: Option<Tls>) -> OperatorParts {
        OperatorParts {
            config,
            tls,
            policy: self.policy.clone(),
            keys: self.keys.clone(),
            revoked: self.revoked.clone(),
            limits: self.limits.clone(),
            register: self.register.clone(),
            journal: self.journal.clone(),
            accounts,
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
            instruments: self.instruments.clone(),
        }
    }
}
