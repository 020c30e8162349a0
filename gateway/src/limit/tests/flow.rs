//! What may be had at once, and when the rest comes back.

use super::*;

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
    let agent = agent(bytes(100, Period::Day));
    assert_eq!(refused(limits.foresee(&agent, Cost::bytes(101))), (Reason::TooLarge, None));
    limits.foresee(&agent, Cost::bytes(100)).expect("the whole may be had");
}

#[tokio::test]
async fn what_comes_after_something_else_waits_for_both() {
    let (limits, _) = limits().await;
    let agent = agent(bytes(100, Period::Hour));
    let after = |before, then| limits.foresee_after(&agent, Cost::bytes(before), Cost::bytes(then));
    after(40, 60).expect("both fit");
    assert_eq!(refused(after(40, 85)), (Reason::LimitReached, Some(900)));
    assert_eq!(refused(after(100, 100)), (Reason::LimitReached, Some(3600)), "one after the other they would");
    assert_eq!(refused(after(0, 101)), (Reason::TooLarge, None));
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
