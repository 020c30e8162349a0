//! A remembered answer equals a fresh one, at every instant, whatever happens in between.

mod lending;
mod recheck;

use std::sync::Arc;

use gogs_spanner_capability::{
    Action, AgentName, Effect, Patterns, Reason, RefName, RepositoryName, Right, Rights,
    token::{Claims, Narrowing, PublicKeys, SigningKey, TokenText, attenuate, inspect, mint},
};
use http::{HeaderMap, Request, header};
use jiff::{SignedDuration, Timestamp};
use proptest::{collection::vec, prelude::*};

use super::{
    Authorizer,
    policy::{AgentPolicy, CurrentPolicy, Lending, Members, PeoplePolicy, Policy},
};
use crate::{
    authenticate::{Authenticator, Presented},
    caller::Snapshot,
    classify::{Route, classify},
    clock::{Clock, ManualClock},
    limit::{AgentLimits, Limits},
    people::{Identity, Person, Register},
    request::{Arrival, Door, RequestId},
    revoke::{Cut, RevocationList},
    store::{Holder, memory::Memory},
    telemetry::{Instruments, trace_id},
};

const SERVICE: &str = "https://agents.example.com";
const ISSUER: &str = "https://idp.example.com";
const ALICE: &str = "alice@example.com";

/// Everything a decision depends on, and one pair of caches that has seen all of it.
struct World {
    clock: Arc<ManualClock>,
    policy: Arc<CurrentPolicy>,
    keys: Arc<PublicKeys>,
    revoked: Arc<RevocationList>,
    limits: Arc<Limits>,
    tokens: Vec<TokenText>,
    register: Arc<Register>,
    seasoned: (Authenticator, Authorizer),
}

impl World {
    async fn new() -> Self {
        let clock = ManualClock::at(Timestamp::from_second(1_800_000_000).expect("an instant"));
        let policy = Arc::new(CurrentPolicy::new(policies().swap_remove(0)));
        let store = Memory::new();
        let revoked = Arc::new(RevocationList::open(store.clone(), clock.clone()).await.expect("a store in memory"));
        let register = Register::open(store.clone(), store, clock.clone()).await.expect("a store in memory");
        let register = Arc::new(register);
        register.meet(alice("developers")).await.expect("a store in memory");
        let key = SigningKey::generate(1);
        let limits = Arc::new(Limits::open(Memory::new(), clock.clone()).await.expect("a store in memory"));
        let seasoned = Self::pair(&revoked, &register, &limits, &policy);
        let keys = Arc::new([key.public()].into_iter().collect());
        Self { tokens: tokens(&key, clock.now()), clock, policy, keys, revoked, register, limits, seasoned }
    }

    fn pair(
        revoked: &Arc<RevocationList>,
        register: &Arc<Register>,
        limits: &Arc<Limits>,
        policy: &Arc<CurrentPolicy>,
    ) -> (Authenticator, Authorizer) {
        let instruments = Instruments::new(policy.clone());
        let authenticator = Authenticator::new(revoked.clone(), register.clone(), instruments.clone());
        (authenticator, Authorizer::new(SERVICE, limits.clone(), instruments))
    }

    /// The answer of a pair of caches: the whole way from the header to the decision.
    fn ask(
        &self,
        (authenticator, authorizer): &(Authenticator, Authorizer),
        token: usize,
        effect: &Effect,
    ) -> Option<Reason> {
        let (snapshot, arrival) = (self.snapshot(), self.arrival());
        let mut headers = HeaderMap::new();
        let bearer = format!("Bearer {}", self.tokens[token].expose());
        headers.insert(header::AUTHORIZATION, bearer.parse().expect("a header"));
        let decided = Presented::from_headers(Door::Rest, &headers)
            .and_then(|presented| authenticator.authenticate(&snapshot, &arrival, &route(), &presented))
            .and_then(|caller| authorizer.decide(&snapshot, &caller, effect));
        decided.err().map(|refusal| refusal.reason())
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            now: self.clock.now(),
            policy: self.policy.load(),
            keys: self.keys.clone(),
            ticket_keys: Arc::default(),
        }
    }

    fn arrival(&self) -> Arrival {
        Arrival {
            id: RequestId::new(),
            at: self.clock.now(),
            trace_id: trace_id(&HeaderMap::new()),
            client: None,
            door: Door::Rest,
        }
    }

    async fn happen(&self, event: &Event) {
        match event {
            Event::TimePasses(seconds) => self.clock.advance(SignedDuration::from_secs(*seconds)),
            Event::PolicyChanges(to) => {
                self.policy.replace(policies().swap_remove(*to));
            }
            Event::TokenIsRevoked(token) => {
                let ids = inspect(&self.tokens[*token]).expect("our own token").revocation_ids;
                self.revoked.revoke(ids.last().expect("a block")).await.expect("a store in memory");
            }
            Event::AgentIsCutOff => {
                let agent = AgentName::parse("ci-web").expect("a name");
                self.revoked.cut_off_now(Cut::Agent(agent)).await.expect("a store in memory");
            }
            Event::PersonIsCutOff => {
                self.revoked.cut_off_now(Cut::Person(ALICE.to_owned())).await.expect("a store in memory");
            }
            // Whether she is let in, where she is locked meanwhile, is not what is asked here.
            Event::PersonSignsIn(group) => drop(self.register.meet(alice(group)).await),
            Event::PersonIsLocked(true) => {
                self.register.lock(Holder::Person(ALICE.to_owned()), "test".to_owned()).await.expect("in memory");
            }
            Event::PersonIsLocked(false) => {
                self.register.unlock(&Holder::Person(ALICE.to_owned())).await.expect("in memory");
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Event {
    TimePasses(i64),
    PolicyChanges(usize),
    TokenIsRevoked(usize),
    AgentIsCutOff,
    PersonIsCutOff,
    PersonSignsIn(&'static str),
    PersonIsLocked(bool),
}

fn route() -> Route {
    let head = Request::get("/api/v1/user").header("host", "agents.example.com").body(()).expect("a request");
    classify(&head.into_parts().0).expect("a route")
}

fn repository(name: &str) -> RepositoryName {
    RepositoryName::parse(name).expect("a name")
}

fn right(repositories: &str, actions: &[Action], refs: &str) -> Right {
    Right {
        refs: Patterns::only(refs.parse().expect("a pattern")),
        ..Right::on(Patterns::only(repositories.parse().expect("a pattern")), actions.iter().copied().collect())
    }
}

fn wide() -> Rights {
    let all = [Action::ContentsRead, Action::RefCreate, Action::RefUpdate, Action::IssuesRead];
    Rights(vec![right("acme/*", &all, "**")])
}

/// Policies that grant the agent much, little and nothing, and one that does not know it.
fn policies() -> Vec<Policy> {
    let little = Rights(vec![right("acme/web", &[Action::ContentsRead, Action::RefUpdate], "refs/heads/agents/**")]);
    let lending = |group: &str, rights: Rights| Lending {
        group: group.to_owned(),
        members: Members::Claiming { claim: "groups".to_owned(), any: [group.to_owned()].into() },
        rights: Arc::new(rights),
    };
    let agent = |rights: Rights| AgentPolicy {
        name: AgentName::parse("ci-web").expect("a name"),
        owner: "platform".to_owned(),
        trust: Vec::new(),
        keys: Vec::new(),
        roles: Vec::new(),
        limits: AgentLimits::default(),
        lenders: vec![lending("readers", rights.meet(&little)), lending("developers", rights.clone())],
        rights,
    };
    let people = PeoplePolicy { issuer: Some(ISSUER.to_owned()), ..PeoplePolicy::default() };
    let policy = |rights| Policy::from_iter([agent(rights)]).with_people(people.clone());
    let knowing = [wide(), little.clone(), Rights(Vec::new())].map(policy);
    knowing.into_iter().chain([Policy::default()]).collect()
}

/// A token, two narrower children of it, one that ends soon, and one that was lent.
fn tokens(key: &SigningKey, now: Timestamp) -> Vec<TokenText> {
    let claims = |nonce: &str, seconds| Claims {
        agent: AgentName::parse("ci-web").expect("a name"),
        nonce: nonce.to_owned(),
        issuer: "test".to_owned(),
        user: (nonce == "lent").then(|| ALICE.to_owned()),
        issued: now,
        max_depth: 3,
        rights: wide(),
        service: SERVICE.to_owned(),
        expires: now + SignedDuration::from_secs(seconds),
    };
    let parent = mint(key, &claims("long", 900)).expect("a token");
    let by_repository = Narrowing::new().repositories([repository("acme/web")]);
    let by_time = Narrowing::new().actions([Action::ContentsRead]).expires(now + SignedDuration::from_secs(40));
    let children = [by_repository, by_time].map(|narrowing| attenuate(&parent, &narrowing).expect("a narrower token"));
    let soon = mint(key, &claims("soon", 20)).expect("a token");
    let lent = mint(key, &claims("lent", 900)).expect("a token");
    [parent].into_iter().chain(children).chain([soon, lent]).collect()
}

/// The person, as she signs in with this group.
fn alice(group: &str) -> Person {
    Person {
        name: ALICE.to_owned(),
        identity: Identity { issuer: ISSUER.to_owned(), subject: "00u1".to_owned() },
        claims: [("groups".to_owned(), [group.to_owned()].into())].into(),
        seen: Timestamp::UNIX_EPOCH,
    }
}

fn effects() -> Vec<Effect> {
    let at = |action, branch: &str| {
        Effect::on_repository(action, &repository("acme/web")).at(RefName::for_branch(branch).expect("a branch"))
    };
    vec![
        Effect::on_repository(Action::RepositoryRead, &repository("acme/web")),
        Effect::on_repository(Action::ContentsRead, &repository("acme/web")),
        Effect::on_repository(Action::ContentsRead, &repository("acme/site")),
        Effect::on_repository(Action::ContentsRead, &repository("other/web")),
        at(Action::RefUpdate, "agents/x"),
        at(Action::RefUpdate, "main"),
        at(Action::RefForce, "agents/x"),
        at(Action::RefCreate, "agents/y"),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        // They end every token of the world, or every lent one, so seldom.
        1 => Just(Event::AgentIsCutOff),
        1 => Just(Event::PersonIsCutOff),
        6 => (0_i64..70).prop_map(Event::TimePasses),
        6 => (0_i64..10).prop_map(|back| Event::TimePasses(-back)),
        6 => (0_usize..4).prop_map(Event::PolicyChanges),
        6 => (0_usize..5).prop_map(Event::TokenIsRevoked),
        6 => prop_oneof![Just("developers"), Just("readers"), Just("nobody")].prop_map(Event::PersonSignsIn),
        6 => any::<bool>().prop_map(Event::PersonIsLocked),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn at_every_instant_the_remembered_answer_is_the_fresh_one(events in vec(event(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let world = World::new().await;
            let nothing = Event::TimePasses(0);
            for event in [&nothing].into_iter().chain(&events) {
                world.happen(event).await;
                let fresh = World::pair(&world.revoked, &world.register, &world.limits, &world.policy);
                for token in 0..world.tokens.len() {
                    for effect in &effects() {
                        let remembered = world.ask(&world.seasoned, token, effect);
                        prop_assert_eq!(remembered, world.ask(&fresh, token, effect), "token {} {:?} after {:?}", token, effect, event);
                        prop_assert_eq!(remembered, world.ask(&world.seasoned, token, effect), "asked again");
                    }
                }
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn what_is_allowed_a_hundred_times_opens_nothing_that_is_not() {
    let world = World::new().await;
    let questions: Vec<_> =
        (0..world.tokens.len()).flat_map(|token| effects().into_iter().map(move |effect| (token, effect))).collect();
    let answer = |(token, effect): &(usize, Effect)| {
        world.ask(&World::pair(&world.revoked, &world.register, &world.limits, &world.policy), *token, effect)
    };
    let (allowed, denied): (Vec<_>, Vec<_>) = questions.iter().partition(|question| answer(question).is_none());
    assert!(allowed.len() > 5 && denied.len() > 5, "{} allowed, {} denied", allowed.len(), denied.len());
    for (token, effect) in &allowed {
        for _ in 0..100 {
            assert_eq!(world.ask(&world.seasoned, *token, effect), None);
        }
    }
    for (token, effect) in &denied {
        assert!(world.ask(&world.seasoned, *token, effect).is_some(), "token {token} {effect:?}");
    }
}

#[tokio::test]
async fn a_revoked_token_is_refused_before_the_cache_is_consulted() {
    let world = World::new().await;
    let effect = &effects()[1];
    assert_eq!(world.ask(&world.seasoned, 0, effect), None);
    world.happen(&Event::TokenIsRevoked(0)).await;
    assert_eq!(world.ask(&world.seasoned, 0, effect), Some(Reason::TokenRevoked));
    assert_eq!(world.ask(&world.seasoned, 1, effect), Some(Reason::TokenRevoked), "and so is what was derived from it");
    assert_eq!(world.ask(&world.seasoned, 3, effect), None, "another token lives on");
}
