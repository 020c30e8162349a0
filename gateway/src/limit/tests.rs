//! What an agent can get out of its limits, whatever it tries.

mod changes;
mod charges;
mod flow;
mod meaning;

use gogs_spanner_capability::Rights;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{clock::ManualClock, store::memory::Memory};

const fn limit(amount: u64, per: Period) -> Limit {
    Limit { amount, per }
}

fn requests(amount: u64, per: Period) -> AgentLimits {
    AgentLimits { requests: Some(limit(amount, per)), ..AgentLimits::default() }
}

fn bytes(amount: u64, per: Period) -> AgentLimits {
    AgentLimits { push_bytes: Some(limit(amount, per)), ..AgentLimits::default() }
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
