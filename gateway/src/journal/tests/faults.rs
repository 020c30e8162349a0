//! A store that fails: what should be recorded is refused in time, nothing is lost, nothing is done twice.

use super::*;
use crate::store::memory::Fault;

const FAULTS: [Fault; 4] = [Fault::Down, Fault::Slow, Fault::ReadOnly, Fault::Full];

/// How long a caller may be kept waiting for its refusal.
const REFUSED_WITHIN: Duration = Duration::from_secs(2);

/// How soon after the store is back the journal has to be back.
const RECOVERED_WITHIN: Duration = Duration::from_secs(5);

fn is_unavailable(refusal: &Refusal) -> bool {
    refusal.reason() == Reason::JournalUnavailable
}

#[tokio::test(start_paused = true)]
async fn a_failing_store_refuses_within_two_seconds_and_mends_without_a_restart() {
    for fault in FAULTS {
        let fixture = Fixture::new();
        fixture.store.suffer(fault);
        let asked = Instant::now();
        let (intent, issued) =
            tokio::join!(fixture.intend(Durability::BeforeForward), fixture.journal.issue(fixture.record(), None),);
        assert!(is_unavailable(&intent.unwrap_err()) && is_unavailable(&issued.unwrap_err()), "{fault:?}");
        assert!(asked.elapsed() <= REFUSED_WITHIN, "{fault:?}: {:?}", asked.elapsed());
        assert!(fixture.journal.is_failing(), "{fault:?}");

        fixture.store.suffer(Fault::None);
        let mended = Instant::now();
        while fixture.intend(Durability::BeforeForward).await.is_err() {
            assert!(mended.elapsed() < RECOVERED_WITHIN, "{fault:?}");
        }
        assert!(!fixture.journal.is_failing(), "{fault:?}");
        assert_eq!(fixture.store.len(), 1, "{fault:?}: what was refused is not on record");
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_store_fails_reads_are_refused_too() {
    for fault in FAULTS {
        let fixture = Fixture::new();
        fixture.store.suffer(fault);
        assert!(fixture.intend(Durability::BeforeForward).await.is_err());
        let asked = Instant::now();
        assert!(is_unavailable(&fixture.intend(Durability::Soon).await.unwrap_err()), "{fault:?}");
        assert!(asked.elapsed() <= REFUSED_WITHIN, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_before_the_fault_is_written_after_it() {
    for fault in FAULTS {
        let fixture = Fixture::new();
        let before = fixture.intend(Durability::BeforeForward).await.unwrap();
        fixture.store.suffer(fault);
        let read = fixture.intend(Durability::Soon).await.unwrap();
        before.conclude(&said(&["200"]));
        read.conclude(&said(&["200"]));
        fixture.journal.refuse(vec![fixture.refusal()], 0);
        sleep(Duration::from_secs(30)).await;

        fixture.store.suffer(Fault::None);
        sleep(RECOVERED_WITHIN).await;
        let outcomes: Vec<_> = fixture.lines().await.iter().map(|line| line.outcome).collect();
        assert_eq!(outcomes, [Outcome::Permit, Outcome::Permit, Outcome::Refuse], "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_failed_but_persisted_is_acknowledged_to_nobody_and_done_once() {
    let fixture = Fixture::new();
    let read = fixture.intend(Durability::Soon).await.unwrap();
    read.conclude(&said(&["200"]));
    fixture.store.suffer(Fault::FailedButPersisted);
    let proof = Some(SingleUse { digest: [1; 32], until: Timestamp::UNIX_EPOCH });
    assert!(fixture.intend(Durability::BeforeForward).await.is_err());
    assert!(fixture.journal.issue(fixture.record(), proof).await.is_err());

    fixture.store.suffer(Fault::None);
    sleep(RECOVERED_WITHIN).await;
    let refused = fixture.journal.issue(fixture.record(), proof).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::AssertionReplayed, "the proof is used up, no second token comes of it");
    assert_eq!(fixture.store.len(), 3, "each was written once, however often it was tried");
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_newcomers_and_loses_no_outcome() {
    let fixture = Fixture::new();
    let mut intents = Vec::new();
    while let Ok(intent) = fixture.intend(Durability::Soon).await {
        intents.push(intent);
        tokio::task::yield_now().await;
    }
    assert!(intents.len() >= QUEUE / 2, "{} requests at once", intents.len());
    let refusals = 5;
    (0..refusals).for_each(|_| fixture.journal.refuse(vec![fixture.refusal()], 0));
    let asked = Instant::now();
    assert!(is_unavailable(&fixture.intend(Durability::BeforeForward).await.unwrap_err()));
    assert_eq!(asked.elapsed(), Duration::ZERO, "there is nothing to wait for");

    fixture.store.suffer(Fault::Down);
    let count = intents.len();
    for intent in intents {
        intent.conclude(&said(&["200"]));
    }
    sleep(Duration::from_secs(30)).await;
    fixture.store.suffer(Fault::None);
    sleep(Duration::from_secs(61)).await;
    let permits = Search { outcome: Some(Outcome::Permit), after_seq: Some(count as u64 - 10), ..Search::default() };
    assert_eq!(fixture.store.search(&permits).await.unwrap().len(), 10);
    let refused = Search { outcome: Some(Outcome::Refuse), ..Search::default() };
    let lines = fixture.store.search(&refused).await.unwrap();
    let counted = format!("{} turned away", refusals - (lines.len() - 1));
    assert_eq!(lines.last().unwrap().result, Some(counted), "those without a place are counted");
}

#[tokio::test(start_paused = true)]
async fn stopping_while_the_store_fails_ends_in_time_and_says_that_something_is_missing() {
    for fault in FAULTS {
        let fixture = Fixture::new();
        fixture.store.suffer(fault);
        drop(fixture.intend(Durability::Soon).await.unwrap());
        let asked = Instant::now();
        assert!(!fixture.journal.stop().await, "{fault:?}");
        assert!(asked.elapsed() <= STOP_WITHIN, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_search_of_a_failing_store_says_so() {
    let fixture = Fixture::new();
    fixture.store.suffer(Fault::Down);
    assert!(fixture.journal.search(&Search::default()).await.is_err());
}
