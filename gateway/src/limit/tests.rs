//! What an agent can get out of its limits, whatever it tries.

use gogs_spanner_capability::Rights;
use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{
    clock::ManualClock,
    store::memory::{Fault, Memory},
};

const fn limit(amount: u64, per: Period) -> Limit {
    Limit { amount, per }
}

fn requests(amount: u64, per: Period) -> AgentLimits {
    AgentLimits { requests: Some(limit(amount, per)), ..AgentLimits::default() }
}

fn agent(limits: AgentLimits) -> Arc<AgentPolicy> {
    Arc::new(AgentPolicy {
        name: AgentName::parse("ci-web").expect("a name"),
        owner: "platform".to_owned(),
        rights: Rights::default(),
        trust: Vec::new(),
        keys: Vec::new(),
        roles: Vec::new(),
        lenders: Vec::new(),
        limits,
    })
}

fn clock() -> Arc<ManualClock> {
    ManualClock::at(Timestamp::from_second(1_800_000_000).expect("an instant"))
}

async fn open(store: &Arc<Memory>, clock: &Arc<ManualClock>) -> Arc<Limits> {
    Arc::new(Limits::open(store.clone(), clock.clone()).await.expect("a store in memory"))
}

async fn limits() -> (Arc<Limits>, Arc<ManualClock>) {
    let clock = clock();
    (open(&Memory::new(), &clock).await, clock)
}

/// How many requests it takes until one is refused.
fn made(limits: &Limits, agent: &AgentPolicy) -> usize {
    (0..10_000).take_while(|_| limits.request(agent).is_ok()).count()
}

fn refused(result: Result<(), Refusal>) -> (Reason, Option<u32>) {
    let refusal = result.expect_err("there is none left");
    (refusal.reason(), refusal.retry_after())
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn all_of_it_may_be_had_at_once_and_comes_back_evenly() {
    let (limits, clock) = limits().await;
    let agent = agent(requests(600, Period::Minute));
    assert_eq!(made(&limits, &agent), 600);
    assert_eq!(refused(limits.request(&agent)), (Reason::LimitReached, Some(1)));
    clock.advance(SignedDuration::from_millis(99));
    assert_eq!(made(&limits, &agent), 0);
    clock.advance(SignedDuration::from_millis(1));
    assert_eq!(made(&limits, &agent), 1, "one every tenth of a second");
    clock.advance(seconds(60));
    assert_eq!(made(&limits, &agent), 600);
    clock.advance(seconds(86_400));
    assert_eq!(made(&limits, &agent), 600, "and never more");
}

#[tokio::test]
async fn what_does_not_divide_evenly_is_counted_exactly() {
    let (limits, clock) = limits().await;
    let agent = agent(requests(7, Period::Second));
    for _ in 0..100 {
        assert_eq!(made(&limits, &agent), 7);
        clock.advance(seconds(1));
    }
}

#[tokio::test]
async fn a_refusal_says_when_to_come_back_and_it_is_true() {
    let (limits, clock) = limits().await;
    let agent = agent(AgentLimits { pushes: Some(limit(60, Period::Hour)), ..AgentLimits::default() });
    for _ in 0..60 {
        limits.charge(&agent, Cost::PUSH).expect("there is one").keep();
    }
    clock.advance(seconds(20));
    let refusal = limits.foresee(&agent, Cost::PUSH).expect_err("there is none left");
    assert_eq!((refusal.next_step(), refusal.retry_after()), ("try again in 40 s", Some(40)));
    assert_eq!(refusal.why(), "the agent has made all its `pushes`, 60/h");
    clock.advance(seconds(39));
    assert_eq!(refused(limits.foresee(&agent, Cost::PUSH)).1, Some(1));
    clock.advance(seconds(1));
    limits.charge(&agent, Cost::PUSH).expect("it was said").keep();
}

#[tokio::test]
async fn what_would_never_fit_is_told_so_and_not_to_wait() {
    let (limits, _) = limits().await;
    let agent = agent(AgentLimits { push_bytes: Some(limit(100, Period::Day)), ..AgentLimits::default() });
    assert_eq!(refused(limits.foresee(&agent, Cost::bytes(101))), (Reason::TooLarge, None));
    limits.foresee(&agent, Cost::bytes(100)).expect("the whole may be had");
}

#[tokio::test]
async fn what_comes_after_something_else_waits_for_both() {
    let (limits, _) = limits().await;
    let agent = agent(AgentLimits { push_bytes: Some(limit(100, Period::Hour)), ..AgentLimits::default() });
    let after = |before, bytes| limits.foresee_after(&agent, Cost::bytes(before), Cost::bytes(bytes));
    after(40, 60).expect("both fit");
    assert_eq!(refused(after(40, 85)), (Reason::LimitReached, Some(900)));
    assert_eq!(refused(after(100, 100)), (Reason::LimitReached, Some(3600)), "one after the other they would");
    assert_eq!(refused(after(0, 101)), (Reason::TooLarge, None));
}

#[tokio::test]
async fn push_and_bytes_are_taken_together_or_not_at_all() {
    let (limits, _) = limits().await;
    let both = AgentLimits {
        requests: None,
        pushes: Some(limit(2, Period::Hour)),
        push_bytes: Some(limit(100, Period::Hour)),
    };
    let agent = agent(both);
    assert!(limits.charge(&agent, Cost::PUSH.and(Cost::bytes(101))).is_err());
    assert_eq!(limits.left(&agent, Limited::Pushes), Some(2));
    limits.charge(&agent, Cost::PUSH.and(Cost::bytes(60))).expect("it fits").keep();
    assert!(limits.charge(&agent, Cost::PUSH.and(Cost::bytes(60))).is_err());
    let left = limits.remaining(&agent);
    let written: Vec<_> = left.iter().map(|(limited, left)| (limited.as_str(), &*left.limit, left.remaining)).collect();
    assert_eq!(written, [("pushes", "2/h", 1), ("push_bytes", "100B/h", 40)]);
    assert_eq!((left[0].1.resets_in, left[1].1.resets_in), (1800, 2160));
}

#[tokio::test]
async fn what_came_to_nothing_is_given_back_and_what_was_done_is_not() {
    let (limits, _) = limits().await;
    let agent = agent(AgentLimits { push_bytes: Some(limit(100, Period::Day)), ..AgentLimits::default() });
    let charge = limits.charge(&agent, Cost::bytes(40)).expect("it fits");
    charge.grow(60).expect("it fits");
    assert!(charge.grow(1).is_err(), "not a byte more");
    let of_the_body = charge.clone();
    drop(charge);
    assert_eq!(limits.left(&agent, Limited::PushBytes), Some(0), "as long as somebody holds it");
    drop(of_the_body);
    assert_eq!(limits.left(&agent, Limited::PushBytes), Some(100));
    let charge = limits.charge(&agent, Cost::bytes(70)).expect("it was given back");
    charge.keep();
    drop(charge);
    assert_eq!(limits.left(&agent, Limited::PushBytes), Some(30));
}

#[tokio::test]
async fn a_push_broken_off_costs_nothing_and_hears_when_all_of_it_would_fit() {
    let (limits, clock) = limits().await;
    let agent = agent(AgentLimits { push_bytes: Some(limit(86_400, Period::Day)), ..AgentLimits::default() });
    limits.charge(&agent, Cost::bytes(80_000)).expect("it fits").keep();
    let charge = limits.charge(&agent, Cost::PUSH).expect("it begins");
    charge.grow(6_000).expect("it fits");
    assert!(charge.grow(1_000).is_err());
    let refusal = charge.clone().refuse(4_000);
    assert_eq!((refusal.reason(), refusal.retry_after()), (Reason::LimitReached, Some(3_600)), "one byte a second");
    assert_eq!(limits.left(&agent, Limited::PushBytes), Some(6_400));
    drop(charge);
    assert_eq!(limits.left(&agent, Limited::PushBytes), Some(6_400), "it is given back once");
    clock.advance(seconds(3_600));
    limits.charge(&agent, Cost::bytes(10_000)).expect("it was said").keep();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_number_of_requests_at_once_gets_more_than_there_is() {
    let (limits, _) = limits().await;
    let agent = agent(requests(50, Period::Day));
    let asking = (0..8).map(|_| {
        let (limits, agent) = (Arc::clone(&limits), Arc::clone(&agent));
        tokio::task::spawn_blocking(move || made(&limits, &agent))
    });
    let made: usize = futures::future::join_all(asking).await.into_iter().map(|made| made.expect("no panic")).sum();
    assert_eq!(made, 50);
}

#[tokio::test]
async fn agents_have_each_their_own_and_one_without_limits_has_all() {
    let (limits, _) = limits().await;
    let one = agent(requests(3, Period::Day));
    let other = AgentPolicy { name: AgentName::parse("other").expect("a name"), ..(*one).clone() };
    assert_eq!((made(&limits, &one), made(&limits, &other)), (3, 3));
    let free = AgentPolicy { limits: AgentLimits::default(), ..(*one).clone() };
    assert_eq!(made(&limits, &free), 10_000);
    assert!(limits.remaining(&free).is_empty());
}

#[tokio::test]
async fn a_changed_limit_applies_at_once_and_what_was_spent_counts_on() {
    let (limits, clock) = limits().await;
    assert_eq!(made(&limits, &agent(requests(60, Period::Hour))), 60);
    assert_eq!(made(&limits, &agent(requests(100, Period::Hour))), 40, "raised");
    assert_eq!(made(&limits, &agent(requests(10, Period::Hour))), 0, "lowered");
    clock.advance(seconds(360));
    assert_eq!(made(&limits, &agent(requests(10, Period::Hour))), 1, "and nobody waits longer than its period");
    assert_eq!(made(&limits, &agent(requests(12, Period::Day))), 2, "of another period");
}

#[tokio::test]
async fn a_clock_that_goes_back_gives_nothing_and_locks_nobody_out() {
    let (limits, clock) = limits().await;
    let agent = agent(requests(60, Period::Minute));
    assert_eq!(made(&limits, &agent), 60);
    clock.advance(seconds(-86_400));
    assert_eq!(made(&limits, &agent), 0);
    clock.advance(seconds(1));
    assert_eq!(made(&limits, &agent), 1, "from where it stands it goes on");
    clock.advance(seconds(86_400 * 365));
    assert_eq!(made(&limits, &agent), 60, "forward, it gives one whole limit");
}

#[tokio::test]
async fn a_restart_gives_nothing_back() {
    let (store, clock) = (Memory::new(), clock());
    let agent = agent(requests(24, Period::Day));
    let limits = open(&store, &clock).await;
    assert_eq!(made(&limits, &agent), 24);
    limits.save().await.expect("a store in memory");
    clock.advance(seconds(3600 * 2));
    let restarted = open(&store, &clock).await;
    assert_eq!(made(&restarted, &agent), 2, "what came back while it was down is there");
    let changed = open(&store, &clock).await;
    let other = AgentPolicy { limits: requests(48, Period::Day), ..(*agent).clone() };
    assert_eq!(made(&changed, &other), 26, "also under a limit that was changed meanwhile");
}

#[tokio::test]
async fn what_comes_back_within_a_minute_costs_the_store_nothing() {
    let (store, clock) = (Memory::new(), clock());
    let limits = open(&store, &clock).await;
    assert_eq!(made(&limits, &agent(requests(10, Period::Minute))), 10);
    limits.save().await.expect("a store in memory");
    assert!(store.all().await.expect("a store in memory").is_empty());
}

#[tokio::test]
async fn what_could_not_be_written_down_is_written_later() {
    let (store, clock) = (Memory::new(), clock());
    let agent = agent(requests(5, Period::Hour));
    let limits = open(&store, &clock).await;
    assert_eq!(made(&limits, &agent), 5);
    store.suffer(Fault::Down);
    assert!(limits.save().await.is_err());
    store.suffer(Fault::None);
    limits.save().await.expect("it is back");
    let restarted = open(&store, &clock).await;
    assert_eq!(made(&restarted, &agent), 0);
}

/// What a limit means, without a bucket: in no stretch of time that ends now is more taken than the amount, and the amount
/// for each period of its length. In nanoseconds × units, so that nothing is rounded.
fn fits(limit: Limit, taken: &[(i128, u64)], now: i128, units: u64) -> bool {
    let per = limit.per.length().as_nanos();
    let starts = taken.iter().map(|(at, _)| *at).chain([now]);
    starts.into_iter().all(|start| {
        let within: u64 = taken.iter().filter(|(at, _)| *at >= start).map(|(_, units)| units).sum();
        i128::from(within + units) * per <= i128::from(limit.amount) * (per + now - start)
    })
}

fn periods() -> impl Strategy<Value = Period> {
    prop_oneof![Just(Period::Second), Just(Period::Minute), Just(Period::Hour)]
}

proptest! {
    /// Whether it lets something through, and how long it says to wait, is what the meaning of a limit says.
    #[test]
    fn a_limit_is_what_it_means(
        amount in 1_u64..20,
        per in periods(),
        steps in vec((0_i64..40_000_000_000, 1_u64..24), 1..60),
    ) {
        let limit = limit(amount, per);
        let mut now = Timestamp::UNIX_EPOCH;
        let mut allowance = Allowance::whole(limit, now);
        let mut taken = Vec::new();
        for (pause, units) in steps {
            now += SignedDuration::from_nanos(pause);
            allowance = allowance.under(limit, now);
            let at = now.as_nanosecond();
            let wait = allowance.wait_for(units);
            prop_assert_eq!(wait.is_none(), fits(limit, &taken, at, units));
            let later = |seconds: u32| at + i128::from(seconds) * 1_000_000_000;
            match wait {
                None => {
                    allowance.take(units);
                    taken.push((at, units));
                }
                Some(Wait::Ever) => prop_assert!(units > amount),
                Some(Wait::Seconds(seconds)) => {
                    prop_assert!(fits(limit, &taken, later(seconds), units), "after {} s", seconds);
                    prop_assert!(seconds == 1 || !fits(limit, &taken, later(seconds - 1), units), "sooner");
                }
            }
            prop_assert!(fits(limit, &taken, at, allowance.remaining()));
            prop_assert!(!fits(limit, &taken, at, allowance.remaining() + 1));
        }
    }
}
