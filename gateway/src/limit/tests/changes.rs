//! Reloads, restarts, and clocks.

use crate::store::memory::Fault;

use super::*;

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
