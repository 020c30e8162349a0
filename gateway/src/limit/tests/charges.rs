//! What is taken for something, and given back.

use super::*;

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
    let agent = agent(bytes(100, Period::Day));
    let charge = limits.charge(&agent, Cost::bytes(100)).expect("it fits");
    assert!(limits.charge(&agent, Cost::bytes(1)).is_err(), "not a byte more");
    drop(charge);
    limits.charge(&agent, Cost::bytes(70)).expect("it was given back").keep();
    assert_eq!(limits.left(&agent, Limited::PushBytes), Some(30));
}

#[tokio::test]
async fn what_has_come_back_by_itself_is_not_given_back_besides() {
    let (limits, clock) = limits().await;
    let agent = agent(bytes(86_400, Period::Day));
    let slow = limits.charge(&agent, Cost::bytes(86_400)).expect("it fits");
    clock.advance(seconds(86_000));
    limits.charge(&agent, Cost::bytes(86_000)).expect("it has come back, a byte a second").keep();
    drop(slow);
    assert_eq!(limits.left(&agent, Limited::PushBytes), Some(400), "the rest of the slow one, and no more");
}

#[tokio::test]
async fn a_clock_that_goes_back_has_nothing_given_back_twice() {
    let (limits, clock) = limits().await;
    let agent = agent(bytes(100, Period::Second));
    let slow = limits.charge(&agent, Cost::bytes(100)).expect("it fits");
    clock.advance(seconds(-10));
    assert_eq!(limits.left(&agent, Limited::PushBytes), Some(0));
    clock.advance(seconds(1));
    limits.charge(&agent, Cost::bytes(100)).expect("it has come back").keep();
    drop(slow);
    assert_eq!(limits.left(&agent, Limited::PushBytes), Some(0));
}

#[tokio::test]
async fn giving_back_after_a_reload_hands_out_nothing_that_was_spent() {
    let (limits, _) = limits().await;
    let (before, after) = (agent(bytes(100, Period::Day)), agent(bytes(50, Period::Day)));
    let left = |agent: &AgentPolicy| limits.left(agent, Limited::PushBytes);
    limits.charge(&before, Cost::bytes(60)).expect("it fits").keep();
    let pending = limits.charge(&before, Cost::bytes(40)).expect("it fits");
    assert_eq!(left(&after), Some(0), "sixty of fifty are spent, whatever becomes of the other");
    drop(pending);
    assert_eq!(left(&after), Some(0));
    let pending = limits.charge(&agent(bytes(70, Period::Day)), Cost::bytes(20)).expect("raised, it fits");
    drop(pending);
    assert_eq!(left(&agent(bytes(70, Period::Day))), Some(20), "what is taken under a limit is given back under it");
}

#[tokio::test]
async fn giving_back_counts_under_the_limit_of_today() {
    let (limits, _) = limits().await;
    let (before, after) = (agent(bytes(100, Period::Second)), agent(bytes(100, Period::Hour)));
    let pending = limits.charge(&before, Cost::bytes(100)).expect("it fits");
    assert!(limits.charge(&after, Cost::bytes(1)).is_err());
    assert!(limits.charge(&before, Cost::bytes(1)).is_err(), "as it was again");
    drop(pending);
    assert_eq!(limits.left(&before, Limited::PushBytes), Some(0), "nothing is known of it any more");
}
