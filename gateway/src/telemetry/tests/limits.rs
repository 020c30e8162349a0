//! What a collector, a crowd of agents and a long day may cost.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use tracing::subscriber::with_default;
use tracing_subscriber::layer::SubscriberExt as _;

use super::{
    super::{
        Guard, Instruments, Metrics, collected,
        export::Providers,
        instruments::table::{label, metric},
        queue,
    },
    agent, instruments,
    memory::Memory,
    policy_of, record, run, run_with,
};
use crate::{
    config::telemetry::{Protocol, Telemetry},
    journal::{Record, Verdict},
};

#[test]
fn the_thousand_and_first_agent_is_other_and_so_is_one_policy_does_not_know() {
    let memory = Memory::new();
    let policy = policy_of((0..1_001).map(|number| format!("a{number}")));
    let instruments = Instruments::of(&memory.metrics.meter(), policy);
    instruments.issued("client_credentials", &agent("stranger"));
    for number in 0..1_001 {
        instruments.issued("client_credentials", &agent(&format!("a{number}")));
    }
    let agents = memory.values_of(metric::TOKENS_ISSUED.name, label::AGENT);
    assert_eq!(agents.len(), 1_001);
    assert!(agents.contains("other") && agents.contains("a999") && !agents.contains("a1000"));
}

#[test]
fn a_thousand_agents_have_room_for_what_agents_do_and_what_is_beyond_is_still_counted() {
    let memory = Memory::new();
    let instruments =
        Instruments::of(&memory.metrics.meter(), policy_of((0..1_000).map(|number| format!("a{number}"))));
    let decide = |agent: usize, action: usize| {
        let (agent, action) = (Some(super::agent(&format!("a{agent}"))), format!("action:{action}"));
        instruments.decision(&Record { agent, action, ..record(Verdict::Permit) }, None, None);
    };
    (0..1_000).for_each(|agent| (0..32).for_each(|action| decide(agent, action)));
    let exposed = |what: &str| {
        let text = memory.metrics.exposition().unwrap();
        text.lines().filter(|line| line.starts_with("gogs_spanner_decisions_total") && line.contains(what)).count()
    };
    assert_eq!((exposed("agent="), exposed("overflow")), (32_000, 0));
    (0..1_000).for_each(|action| decide(0, 100 + action));
    assert_eq!(exposed("overflow"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_collector_does_not_take_is_counted() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = Telemetry { otlp_endpoint: Some(format!("http://{gone}").parse().unwrap()), protocol: Protocol::Http };
    let (memory, providers) = (Memory::new(), Providers::open(&config).unwrap().unwrap());
    let [(_, spans), (_, events)] = queue::lost();
    run_with(&providers, &memory.metrics);
    Guard(Some(providers)).shut_down().await;
    let [(_, spans_now), (_, events_now)] = queue::lost();
    assert!(spans_now >= spans + 8 && events_now > events, "{spans} → {spans_now}, {events} → {events_now}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_collector_costs_no_request_anything_and_the_end_little() {
    // It accepts connections, by its backlog, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    for protocol in [Protocol::Grpc, Protocol::Http] {
        let config = Telemetry { otlp_endpoint: Some(url.parse().unwrap()), protocol };
        let (providers, metrics) = (Providers::open(&config).unwrap().unwrap(), Metrics::open(&config));
        let [(_, lost_before), _] = queue::lost();
        let began = Instant::now();
        let instruments = instruments(&metrics);
        with_default(tracing_subscriber::registry().with(collected(&providers)), || {
            (0..2_000).for_each(|_| run(&instruments));
        });
        assert!(began.elapsed() < Duration::from_secs(5), "{:?} for sixteen thousand spans", began.elapsed());
        let [(_, lost), _] = queue::lost();
        // A batch of 512 leaves the queue with each attempt, of which there is one in two seconds.
        let (sent, kept) = (16_000, queue::PLACES as u64 + 3 * 512);
        assert!(lost - lost_before >= sent - kept, "{lost} less {lost_before} are counted as lost");
        let began = Instant::now();
        metrics.shut_down().await;
        Guard(Some(providers)).shut_down().await;
        assert!(began.elapsed() < Duration::from_secs(5), "{:?} at the end", began.elapsed());
    }
}
