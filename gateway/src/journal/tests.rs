//! The journal over a store that forgets. Tokio's clock is paused: two seconds pass when nothing else is left to do.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use gogs_spanner_capability::AgentName;
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

use super::*;
use crate::{
    clock::{Clock, ManualClock},
    store::memory::Memory,
};

mod embedded;
mod faults;

/// How soon a read has to be on the disk.
const SOON: Duration = Duration::from_millis(200);

struct Fixture<S = Memory> {
    store: Arc<S>,
    clock: Arc<ManualClock>,
    journal: Journal,
}

impl Fixture {
    fn new() -> Self {
        Self::over(Memory::new())
    }
}

impl<S: Records + 'static> Fixture<S> {
    fn over(store: Arc<S>) -> Self {
        let clock = ManualClock::at("2026-11-23T12:00:00Z".parse().unwrap());
        let journal = Journal::start(store.clone(), clock.clone());
        Self { store, clock, journal }
    }

    fn record(&self) -> Record {
        Record {
            time: self.clock.now(),
            request_id: RequestId::new(),
            trace_id: None,
            door: Door::Git,
            agent: Some(AgentName::parse("ci-web").unwrap()),
            on_behalf_of: None,
            action: "ref:update".to_owned(),
            repository: "acme/web".to_owned(),
            reference: Some("refs/heads/main".to_owned()),
            paths: Vec::new(),
            verdict: Verdict::Permit,
            truth: None,
            token: None,
        }
    }

    fn refusal(&self) -> Record {
        Record { verdict: Verdict::Refuse(Reason::NotGranted), ..self.record() }
    }

    async fn intend(&self, durability: Durability) -> Result<Intent, Refusal> {
        self.journal.intend(vec![self.record()], durability).await
    }

    /// What the store holds, without making the journal write anything.
    async fn lines(&self) -> Vec<AuditLine> {
        self.store.search(&Search::default()).await.unwrap()
    }

    async fn outcomes(&self) -> Vec<(Outcome, Option<String>)> {
        self.lines().await.into_iter().map(|line| (line.outcome, line.result)).collect()
    }
}

fn said(results: &[&str]) -> Vec<String> {
    results.iter().map(ToString::to_string).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_intended_is_durable_before_it_may_be_forwarded() {
    let fixture = Fixture::new();
    let intent = fixture.intend(Durability::BeforeForward).await.unwrap();
    assert_eq!(intent.seq(), Some(1));
    assert_eq!(fixture.outcomes().await, [(Outcome::Unknown, None)]);
    intent.conclude(&said(&["200"]));
    sleep(SOON).await;
    assert_eq!(fixture.outcomes().await, [(Outcome::Permit, Some("200".to_owned()))]);
}

#[tokio::test(start_paused = true)]
async fn a_read_goes_on_at_once_and_is_durable_soon() {
    let fixture = Fixture::new();
    let asked = Instant::now();
    let intent = fixture.intend(Durability::Soon).await.unwrap();
    assert_eq!((intent.seq(), asked.elapsed(), fixture.store.len()), (None, Duration::ZERO, 0));
    sleep(SOON).await;
    assert_eq!(fixture.store.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_intention_nobody_concludes_stays_unknown() {
    let fixture = Fixture::new();
    drop(fixture.intend(Durability::BeforeForward).await.unwrap());
    sleep(SOON).await;
    assert_eq!(fixture.outcomes().await, [(Outcome::Unknown, None)]);
}

#[tokio::test(start_paused = true)]
async fn each_ref_of_a_push_has_its_own_outcome() {
    let fixture = Fixture::new();
    let records = vec![fixture.record(), fixture.record(), fixture.record()];
    let intent = fixture.journal.intend(records, Durability::BeforeForward).await.unwrap();
    intent.conclude(&said(&["ok refs/heads/a", "ng refs/heads/b hook declined"]));
    sleep(SOON).await;
    let expected = [
        (Outcome::Permit, Some("ok refs/heads/a".to_owned())),
        (Outcome::Permit, Some("ng refs/heads/b hook declined".to_owned())),
        (Outcome::Unknown, None),
    ];
    assert_eq!(fixture.outcomes().await, expected);
}

#[tokio::test(start_paused = true)]
async fn one_result_may_stand_for_all_records() {
    let fixture = Fixture::new();
    let records = vec![fixture.record(), fixture.record()];
    fixture.journal.intend(records, Durability::Soon).await.unwrap().conclude(&said(&["503"]));
    sleep(SOON).await;
    assert_eq!(
        fixture.outcomes().await,
        [(Outcome::Permit, Some("503".to_owned())), (Outcome::Permit, Some("503".to_owned()))]
    );
}

#[tokio::test(start_paused = true)]
async fn one_request_may_be_recorded_in_several_calls() {
    let fixture = Fixture::new();
    let record = fixture.record();
    for _ in 0..2 {
        fixture
            .journal
            .intend(vec![record.clone()], Durability::BeforeForward)
            .await
            .unwrap()
            .conclude(&said(&["200"]));
    }
    fixture.journal.refuse(vec![Record { verdict: Verdict::Refuse(Reason::NotGranted), ..record }], 0);
    sleep(SOON).await;
    assert_eq!(fixture.store.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_requests_at_once_take_a_few_commits() {
    let fixture = Fixture::new();
    let intents = (0..100).map(|_| fixture.intend(Durability::BeforeForward));
    let settled = futures::future::try_join_all(intents).await.unwrap();
    assert_eq!(settled.len(), 100);
    assert_eq!(fixture.store.len(), 100);
    assert!(fixture.store.commits() <= 3, "{} commits", fixture.store.commits());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_recorded_without_waiting() {
    let fixture = Fixture::new();
    fixture.journal.refuse(vec![Record { truth: Some("bad\nsignature".to_owned()), ..fixture.refusal() }], 0);
    sleep(SOON).await;
    assert_eq!(fixture.outcomes().await, [(Outcome::Refuse, Some("bad signature".to_owned()))]);
}

#[tokio::test(start_paused = true)]
async fn strangers_are_counted_and_leave_one_record_a_minute_and_reason() {
    let fixture = Fixture::new();
    for _ in 0..1000 {
        fixture.journal.turn_away(Reason::CredentialMissing, Door::Git);
        fixture.journal.turn_away(Reason::TokenMalformed, Door::Rest);
    }
    assert_eq!(fixture.store.len(), 0);
    fixture.clock.advance(SignedDuration::from_mins(1));
    sleep(Duration::from_secs(61)).await;
    let mut lines = fixture.lines().await;
    lines.sort_by(|one, other| one.reason.cmp(&other.reason));
    let told: Vec<_> = lines.iter().map(|line| (line.reason.as_deref(), line.result.as_deref())).collect();
    let expected =
        [(Some("credential-missing"), Some("1000 turned away")), (Some("token-malformed"), Some("1000 turned away"))];
    assert_eq!(told, expected);
    assert!(lines.iter().all(|line| line.agent.is_none() && line.time == fixture.clock.now()));
    sleep(Duration::from_mins(2)).await;
    assert_eq!(fixture.store.len(), 2, "a quiet minute leaves nothing");
}

#[tokio::test(start_paused = true)]
async fn refusals_beyond_an_agents_budget_are_counted_and_leave_one_record_a_minute() {
    let fixture = Fixture::new();
    let beyond = 3;
    for _ in 0..budget::MOST {
        fixture.journal.refuse(vec![fixture.refusal()], 0);
    }
    fixture.journal.refuse(vec![fixture.refusal(); beyond], 0);
    let other = Record { agent: Some(AgentName::parse("docs-writer").unwrap()), ..fixture.refusal() };
    fixture.journal.refuse(vec![other], 0);
    sleep(SOON).await;
    assert_eq!(fixture.store.len(), budget::MOST as usize + 1, "the other agent's budget is its own");
    sleep(Duration::from_secs(61)).await;
    let lines = fixture.lines().await;
    let last = lines.last().unwrap();
    assert_eq!((last.agent.as_deref(), last.reason.as_deref()), (Some("ci-web"), Some("not-granted")));
    assert_eq!(last.result.as_deref(), Some("3 turned away"));
}

#[tokio::test(start_paused = true)]
async fn an_issuance_is_on_record_with_its_outcome_before_the_token_goes_out() {
    let fixture = Fixture::new();
    let record = Record { action: "token:issue".to_owned(), door: Door::Own, ..fixture.record() };
    assert_eq!(fixture.journal.issue(record, None).await.unwrap(), 1);
    assert_eq!(fixture.outcomes().await, [(Outcome::Permit, Some(ISSUED.to_owned()))]);
}

#[tokio::test(start_paused = true)]
async fn a_proof_made_for_us_gives_one_token() {
    let fixture = Fixture::new();
    let proof = Some(SingleUse { digest: [1; 32], until: Timestamp::UNIX_EPOCH });
    let both =
        tokio::join!(fixture.journal.issue(fixture.record(), proof), fixture.journal.issue(fixture.record(), proof),);
    assert_eq!(both.0.unwrap(), 1);
    assert_eq!(both.1.unwrap_err().reason(), Reason::AssertionReplayed);
    assert_eq!(fixture.store.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_search_finds_what_was_done_before_it() {
    let fixture = Fixture::new();
    fixture.intend(Durability::Soon).await.unwrap().conclude(&said(&["200"]));
    let lines = fixture.journal.search(&Search::default()).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.outcome).collect::<Vec<_>>(), [Outcome::Permit]);
}

#[tokio::test(start_paused = true)]
async fn stopping_writes_what_is_queued_and_takes_nothing_more() {
    let fixture = Fixture::new();
    let left = fixture.intend(Durability::BeforeForward).await.unwrap();
    let done = fixture.intend(Durability::Soon).await.unwrap();
    done.conclude(&said(&["200"]));
    fixture.journal.turn_away(Reason::CredentialMissing, Door::Git);
    assert!(fixture.journal.stop().await);
    left.conclude(&said(&["too late"]));
    assert_eq!(
        fixture.lines().await.iter().map(|line| line.outcome).collect::<Vec<_>>(),
        [Outcome::Unknown, Outcome::Permit, Outcome::Refuse]
    );
    let refused = fixture.intend(Durability::BeforeForward).await.unwrap_err();
    assert_eq!(refused.reason(), Reason::JournalUnavailable);
    assert!(!fixture.journal.stop().await);
}
