//! An agent's token as the gateway mints it, and the two stages of the gateway that judge it.

use std::sync::Arc;

use gogs_spanner::{
    authenticate::{Authenticator, Presented},
    authorize::{
        Authorizer,
        policy::{AgentPolicy, CurrentPolicy},
    },
    caller::Snapshot,
    classify::{Route, classify},
    clock::ManualClock,
    limit::{AgentLimits, Limits},
    people::Register,
    request::{Arrival, Door, RequestId},
    revoke::RevocationList,
    store::{Sqlite, StoreError},
    telemetry::{Instruments, trace_id},
};
use gogs_spanner_capability::{
    Action, AgentName, Effect, Patterns, RepositoryName, RepositoryPattern, Right, Rights,
    token::{Claims, Narrowing, SigningKey, TokenText, attenuate, mint},
};
use http::{HeaderMap, Request, header};
use jiff::{SignedDuration, Timestamp};

const SERVICE: &str = "https://agents.example.com";

/// A token as an agent of one repository gets it, and what it is asked about.
pub(crate) struct Case {
    pub(crate) token: TokenText,
    effect: Effect,
    route: Route,
    arrival: Arrival,
    snapshot: Snapshot,
    policy: Arc<CurrentPolicy>,
    revoked: Arc<RevocationList>,
    register: Arc<Register>,
    limits: Arc<Limits>,
}

impl Case {
    pub(crate) fn new() -> Self {
        let now = Timestamp::UNIX_EPOCH;
        let key = SigningKey::from_bytes(1, &[7; 32]);
        let agent = AgentName::parse("docs-writer").expect("a name");
        let (revoked, register, limits) = nothing_yet(now);
        let policy = Arc::new(CurrentPolicy::new([registered(&agent)].into_iter().collect()));
        let keys = Arc::new([key.public()].into_iter().collect());
        let repository = RepositoryName::parse("acme/web").expect("a repository");
        Self {
            token: mint(&key, &claims(agent, now)).expect("a token"),
            effect: Effect::on_repository(Action::ContentsRead, &repository),
            route: route(),
            arrival: Arrival {
                id: RequestId::new(),
                at: now,
                trace_id: trace_id(&HeaderMap::new()),
                client: None,
                door: Door::Rest,
            },
            snapshot: Snapshot { now, policy: policy.load(), keys, ticket_keys: Arc::default() },
            policy,
            revoked,
            register,
            limits,
        }
    }

    /// A grandchild of the token.
    pub(crate) fn narrowed(&self) -> TokenText {
        let read = Narrowing::new().actions([Action::ContentsRead]);
        let once = attenuate(&self.token, &read).expect("narrower");
        attenuate(&once, &read.delegate("reader")).expect("narrower still")
    }

    /// Both stages, with caches that know nothing.
    pub(crate) fn gateway(&self) -> (Authenticator, Authorizer) {
        let instruments = Instruments::new(Arc::clone(&self.policy));
        let authenticator =
            Authenticator::new(Arc::clone(&self.revoked), Arc::clone(&self.register), instruments.clone());
        (authenticator, Authorizer::new(SERVICE, Arc::clone(&self.limits), instruments))
    }

    /// From the header to the answer.
    pub(crate) fn decide(&self, (authenticator, authorizer): &(Authenticator, Authorizer), headers: &HeaderMap) {
        let presented = Presented::from_headers(Door::Rest, headers).expect("a token");
        let caller = authenticator.authenticate(&self.snapshot, &self.arrival, &self.route, &presented);
        authorizer.decide(&self.snapshot, &caller.expect("a good token"), &self.effect).expect("nothing forbids it");
    }
}

/// What a request with this token carries.
pub(crate) fn headers(token: &TokenText) -> HeaderMap {
    let bearer = format!("Bearer {}", token.expose()).parse().expect("a header");
    HeaderMap::from_iter([(header::AUTHORIZATION, bearer)])
}

fn rights() -> Rights {
    let web = Patterns::only(RepositoryPattern::parse("acme/web").expect("a pattern"));
    Rights(vec![Right::on(web, [Action::ContentsRead, Action::IssuesRead, Action::IssuesWrite].into())])
}

fn registered(agent: &AgentName) -> AgentPolicy {
    AgentPolicy {
        name: agent.clone(),
        owner: "docs".into(),
        rights: rights(),
        trust: Vec::new(),
        keys: Vec::new(),
        roles: Vec::new(),
        limits: AgentLimits::default(),
        lenders: Vec::new(),
    }
}

fn claims(agent: AgentName, now: Timestamp) -> Claims {
    Claims {
        agent,
        nonce: "01J00000000000000000000000".into(),
        issuer: "https://idp.example.com".into(),
        user: None,
        issued: now,
        max_depth: 3,
        rights: rights(),
        service: SERVICE.into(),
        expires: now + SignedDuration::from_mins(15),
    }
}

fn route() -> Route {
    let head = Request::get("/api/v1/repos/acme/web").header("host", "agents.example.com").body(()).expect("a request");
    classify(&head.into_parts().0).expect("a route")
}

/// Nothing revoked, nobody locked and nothing spent, in memory: the store behind it is only read when it is opened.
fn nothing_yet(now: Timestamp) -> (Arc<RevocationList>, Arc<Register>, Arc<Limits>) {
    let files = tempfile::tempdir().expect("a directory");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let opened = runtime.block_on(async {
        let (store, clock) = (Arc::new(Sqlite::open(&files.path().join("spanner.db")).await?), ManualClock::at(now));
        let revoked = RevocationList::open(store.clone(), clock.clone()).await?;
        let register = Register::open(store.clone(), store.clone(), clock.clone()).await?;
        Ok::<_, StoreError>((Arc::new(revoked), Arc::new(register), Arc::new(Limits::open(store, clock).await?)))
    });
    opened.expect("a new store")
}
