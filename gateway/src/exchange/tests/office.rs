//! A token service with a few agents, a clock that stands still, and the trail of what it did.

use std::{collections::BTreeSet, sync::Arc};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use gogs_spanner_capability::{
    AgentName, Rights,
    token::{TokenText, Verified, verify},
};
use gogs_spanner_fakes::issuer::Issuer;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::form_urlencoded;

use crate::{
    authorize::policy::{
        AgentKey, AgentPolicy, Condition, CurrentPolicy, Lending, Members, PeoplePolicy, Policy, TrustRule,
    },
    clock::{Clock, ManualClock},
    config::{self, PublicUrl, spelling::Spelling},
    exchange::{Exchange, ExchangeParts, Issuers, TokenRequest, TokenResponse},
    journal::{AuditLine, Journal, Search},
    keys::KeyRing,
    limit::{AgentLimits, Limit, Limits, Period},
    people::Register,
    refuse::Refusal,
    request::{Arrival, Door, RequestId},
    revoke::RevocationList,
    seal::Sealer,
    store::{Purpose, Records, Sqlite, Stores},
    telemetry::{Instruments, trace_id},
};

/// The gateway's name.
pub(crate) const US: &str = "https://agents.example.com";

/// Where people sign in.
pub(crate) const ISSUER: &str = "https://people.example.com";

pub(crate) const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(crate) const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
pub(crate) const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A token service at work.
pub(crate) struct Office {
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) sign_in_keys: Arc<KeyRing>,
    pub(crate) register: Arc<Register>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) journal: Journal,
    pub(crate) policy: Arc<CurrentPolicy>,
    pub(crate) revoked: Arc<RevocationList>,
    /// The key of the agent `ci-web`.
    pub(crate) key: AgentsKey,
    /// The issuer called `idp`.
    pub(crate) issuer: Issuer,
    _directory: TempDir,
}

/// The private half of an agent's key.
pub(crate) struct AgentsKey(Ed25519KeyPair);

impl AgentsKey {
    pub(crate) fn generate() -> Self {
        Self(Ed25519KeyPair::generate().expect("randomness"))
    }

    pub(crate) fn public(&self) -> AgentKey {
        AgentKey::from_bytes(self.0.public_key().as_ref().try_into().expect("32 bytes"))
    }

    /// A compact JWS of exactly this header and these claims.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    /// The same for texts that need not be JSON.
    pub(crate) fn sign_text(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = encode(self.0.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// `base` with these members put over its own; a `null` takes one away.
pub(crate) fn with(base: &Value, changes: &Value) -> Value {
    let mut merged = base.clone();
    let members = merged.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        members.insert(name.clone(), value.clone());
    }
    members.retain(|_, value| !value.is_null());
    merged
}

impl Office {
    pub(crate) async fn open() -> Self {
        Self::open_over(|records| records).await
    }

    /// With something before its records.
    pub(crate) async fn open_over(behind: impl FnOnce(Arc<dyn Records>) -> Arc<dyn Records>) -> Self {
        let clock = ManualClock::at("2026-11-23T10:00:00Z".parse().expect("a time"));
        let directory = TempDir::new().expect("a directory");
        let stores = Stores::of(Arc::new(Sqlite::open(&directory.path().join("spanner.db")).await.expect("a store")));
        let issuer = Issuer::start().await.expect("an issuer");
        let key = AgentsKey::generate();
        let sealer = Arc::new(Sealer::from_text(&"5a".repeat(32)).expect("a key"));
        let tokens = config::Tokens::default();
        let (every, most) = (tokens.rotate_key_every, tokens.max_lifetime);
        let ring = async |purpose| {
            let ring = KeyRing::open(purpose, stores.keys.clone(), Arc::clone(&sealer), clock.clone(), every, most);
            Arc::new(ring.await.expect("keys"))
        };
        let (keys, sign_in_keys) = (ring(Purpose::Tokens).await, ring(Purpose::SignIns).await);
        let register = Register::open(stores.people.clone(), stores.locks.clone(), clock.clone()).await;
        let register = Arc::new(register.expect("a register"));
        let revoked = RevocationList::open(stores.revocations.clone(), clock.clone()).await.map(Arc::new);
        let revoked = revoked.expect("a list");
        let limits = Limits::open(stores.spendings.clone(), clock.clone()).await.expect("limits");
        let journal = Journal::start(behind(stores.records.clone()), clock.clone());
        let policy = Arc::new(CurrentPolicy::new(agents(&key)));
        let exchange = Exchange::new(ExchangeParts {
            policy: Arc::clone(&policy),
            keys: Arc::clone(&keys),
            sign_in_keys: Arc::clone(&sign_in_keys),
            register: Arc::clone(&register),
            revoked: Arc::clone(&revoked),
            limits: Arc::new(limits),
            journal: journal.clone(),
            issuers: Issuers::of_one("idp", issuer.url(), US, &(clock.clone() as _)),
            tokens,
            public_url: PublicUrl::read(US).expect("an origin"),
            instruments: Instruments::new(Arc::clone(&policy)),
        });
        Self {
            exchange: Arc::new(exchange),
            keys,
            sign_in_keys,
            register,
            clock,
            journal,
            policy,
            revoked,
            key,
            issuer,
            _directory: directory,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn arrival(&self) -> Arrival {
        Arrival {
            id: RequestId::new(),
            at: self.now(),
            trace_id: trace_id(&HeaderMap::new()),
            client: None,
            door: Door::Own,
        }
    }

    /// Lets an agent ask no more often than so, a day.
    pub(crate) fn limit(&self, agent: &AgentName, requests: u64) {
        let policy = self.policy.load();
        let limits =
            AgentLimits { requests: Some(Limit { amount: requests, per: Period::Day }), ..AgentLimits::default() };
        let limited = policy.agents().map(|known| match &known.name {
            name if name == agent => AgentPolicy { limits, ..(**known).clone() },
            _ => (**known).clone(),
        });
        self.policy.replace(limited.collect::<Policy>().with_people(policy.people().clone()));
    }

    /// Asks the token endpoint with these parameters.
    pub(crate) async fn ask(&self, parameters: &[(&str, &str)]) -> Result<TokenResponse, Refusal> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        self.exchange.token(&self.arrival(), TokenRequest::parse(body.as_bytes())?).await
    }

    /// Asks as the holder of a key.
    pub(crate) async fn assert(&self, assertion: &str, more: &[(&str, &str)]) -> Result<TokenResponse, Refusal> {
        let grant =
            [("grant_type", "client_credentials"), ("client_assertion_type", BEARER), ("client_assertion", assertion)];
        self.ask(&[&grant, more].concat()).await
    }

    /// Asks as the holder of another key of `ci-web`.
    pub(crate) async fn assert_by(&self, key: &AgentsKey) -> Result<TokenResponse, Refusal> {
        self.assert(&key.sign(&json!({ "alg": "EdDSA" }), &self.claims()), &[]).await
    }

    /// Asks with the word of a platform.
    pub(crate) async fn show(&self, proof: &str, more: &[(&str, &str)]) -> Result<TokenResponse, Refusal> {
        let grant = [("grant_type", EXCHANGE), ("subject_token", proof), ("subject_token_type", ID_TOKEN)];
        self.ask(&[&grant, more].concat()).await
    }

    /// Asks with a token of ours.
    pub(crate) async fn narrow(&self, token: &TokenText, more: &[(&str, &str)]) -> Result<TokenResponse, Refusal> {
        let grant = [("grant_type", EXCHANGE), ("subject_token", token.expose()), ("subject_token_type", ACCESS_TOKEN)];
        self.ask(&[&grant, more].concat()).await
    }

    /// A token of `ci-web` with everything it may have.
    pub(crate) async fn token(&self) -> TokenText {
        self.assert(&self.assertion(), &[]).await.expect("a token").token
    }

    /// A good assertion of `ci-web`, another each time.
    pub(crate) fn assertion(&self) -> String {
        self.key.sign(&self.header(), &self.claims())
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "alg": "EdDSA", "typ": "client-authentication+jwt", "kid": self.key.public().thumbprint() })
    }

    pub(crate) fn claims(&self) -> Value {
        let now = self.now().as_second();
        json!({ "iss": "ci-web", "sub": "ci-web", "aud": US, "iat": now, "exp": now + 60, "jti": RequestId::new().to_string() })
    }

    pub(crate) fn verify(&self, token: &TokenText) -> Verified {
        verify(&self.keys.public(), token, &|_| false).expect("a token that is accepted")
    }

    /// The trail, oldest first.
    pub(crate) async fn trail(&self) -> Vec<AuditLine> {
        self.journal.search(&Search::default()).await.expect("the trail")
    }
}

/// `ci-web` holds a key, `docs-writer` comes from the issuer, and so do the twins, who cannot be told apart; `idle` may
/// do nothing. People lend to `claude-code`.
fn agents(key: &AgentsKey) -> Policy {
    let rights = rights(&json!([
        { "repositories": ["acme/*"], "actions": ["contents:read", "issues:write"], "refs": ["**"], "paths": ["**"] },
        { "repositories": ["acme/web"], "actions": ["ref:update"], "refs": ["refs/heads/bot/**"], "paths": ["docs/**"] },
    ]));
    let nothing = Rights::default();
    Policy::from_iter([
        agent("ci-web", &rights, &[], vec![key.public()]),
        agent("docs-writer", &rights, &["docs"], vec![]),
        agent("twin-a", &rights, &["twin"], vec![]),
        agent("twin-b", &rights, &["twin"], vec![]),
        agent("idle", &nothing, &["idle"], vec![]),
        claude_code(&rights),
    ])
    .with_people(PeoplePolicy {
        issuer: Some(ISSUER.to_owned()),
        claims: BTreeSet::from(["groups".to_owned()]),
        groups: Vec::new(),
    })
}

/// An agent nobody becomes by a proof: developers lend to it, and readers what there is to read.
fn claude_code(held: &Rights) -> AgentPolicy {
    let reading = rights(&json!([
        { "repositories": ["acme/web"], "actions": ["contents:read"], "refs": ["**"], "paths": ["**"] },
    ]));
    let lending = |group: &str, rights: Rights| Lending {
        group: group.to_owned(),
        members: Members::Claiming { claim: "groups".to_owned(), any: [group.to_owned()].into() },
        rights: Arc::new(rights),
    };
    let lenders = vec![lending("developers", held.clone()), lending("readers", held.meet(&reading))];
    AgentPolicy { lenders, ..agent("claude-code", held, &[], vec![]) }
}

pub(crate) fn rights(value: &Value) -> Rights {
    serde_json::from_value(value.clone()).expect("rights")
}

fn agent(name: &str, rights: &Rights, subjects: &[&str], keys: Vec<AgentKey>) -> AgentPolicy {
    let rule = |subject: &&str| TrustRule {
        issuer: "idp".to_owned(),
        claims: vec![("sub".to_owned(), Condition::Exact(Value::from(*subject)))],
    };
    AgentPolicy {
        name: name.parse().expect("a name"),
        owner: "platform".to_owned(),
        rights: rights.clone(),
        trust: subjects.iter().map(rule).collect(),
        keys,
        roles: Vec::new(),
        limits: AgentLimits::default(),
        lenders: Vec::new(),
    }
}
