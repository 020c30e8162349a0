//! What a run emits, and what of it reaches a collector or a Prometheus.

#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod collector;
mod limits;
mod memory;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use gogs_spanner_capability::{AgentName, Reason, Rights};
use http::{HeaderMap, Method};
use jiff::Timestamp;
use tracing::subscriber::with_default;
use tracing_subscriber::layer::SubscriberExt as _;

use self::{collector::Collector, memory::Memory};
use super::{
    Guard, Instruments, Metrics, Stage, collected, exchange_span,
    export::Providers,
    instruments::table::{attribute, label, metric, span},
    request_span, trace_id, traceparent,
};
use crate::{
    authorize::policy::{AgentPolicy, CurrentPolicy, Policy},
    config::telemetry::{Protocol, Telemetry},
    journal::{Record, Verdict},
    limit::AgentLimits,
    request::{Door, RequestId},
};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

/// A revocation id is a signature, 64 bytes.
const TOKEN: &str = "\
    0badcafe0badcafe0badcafe0badcafe0badcafe0badcafe0badcafe0badcafe\
    0badcafe0badcafe0badcafe0badcafe0badcafe0badcafe0badcafe0badcafe";

fn agent(name: &str) -> AgentName {
    name.parse().unwrap()
}

fn policy_of(names: impl Iterator<Item = String>) -> Arc<CurrentPolicy> {
    let of = |name: String| AgentPolicy {
        name: agent(&name),
        owner: "alice@example.com".to_owned(),
        rights: Rights::default(),
        trust: Vec::new(),
        keys: Vec::new(),
        roles: Vec::new(),
        limits: AgentLimits::default(),
        lenders: Vec::new(),
    };
    Arc::new(CurrentPolicy::new(names.map(of).collect::<Policy>()))
}

fn instruments(metrics: &Metrics) -> Instruments {
    Instruments::of(&metrics.meter(), policy_of(["docs-writer".to_owned()].into_iter()))
}

fn record(verdict: Verdict) -> Record {
    Record {
        time: Timestamp::UNIX_EPOCH,
        request_id: RequestId::new(),
        trace_id: None,
        door: Door::Git,
        agent: Some(agent("docs-writer")),
        on_behalf_of: Some("alice@example.com".to_owned()),
        action: "ref:update".to_owned(),
        repository: "acme/handbook".to_owned(),
        reference: Some("refs/heads/main".to_owned()),
        paths: Vec::new(),
        verdict,
        truth: None,
        token: Some(TOKEN.parse().unwrap()),
    }
}

fn from_a_caller() -> HeaderMap {
    [("traceparent".parse().unwrap(), TRACEPARENT.parse().unwrap())].into_iter().collect()
}

/// One request that does everything there is a name for.
fn run(instruments: &Instruments) {
    let _request = request_span(&Method::POST, &from_a_caller()).entered();
    for stage in [Stage::Classify, Stage::Authenticate, Stage::Examine, Stage::Authorize, Stage::Intend, Stage::Forward]
    {
        stage.span().in_scope(|| {});
    }
    exchange_span().in_scope(|| instruments.issued("client_credentials", &agent("docs-writer")));
    instruments.cache_lookup("decisions", "miss");
    instruments.decision(&record(Verdict::Refuse(Reason::NotGranted)), Some(7), Some([192, 0, 2, 1].into()));
    instruments.turned_away(Reason::TokenMalformed, Door::Rest);
    instruments.upstream_duration(Door::Git, Some(200), Duration::from_millis(3));
    instruments.journal_commit(Duration::from_millis(1));
    instruments.revocation_lag(Duration::from_millis(1));
    instruments.watch_keys(|| (1, Duration::from_hours(1)), Duration::from_hours(720));
    instruments.request_duration(Door::Git, 403, Duration::from_millis(4));
}

fn run_with(providers: &Providers, metrics: &Metrics) {
    let instruments = instruments(metrics);
    with_default(tracing_subscriber::registry().with(collected(providers)), || run(&instruments));
}

fn names<'n>(names: impl IntoIterator<Item = &'n str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

#[test]
fn a_run_emits_what_the_table_says_and_nothing_else() {
    let memory = Memory::new();
    run_with(&memory.providers, &memory.metrics);

    assert_eq!(memory.span_names(), names(span::ALL.iter().map(|row| row.name)));
    assert_eq!(memory.span_attributes(), names(attribute::ALL.iter().map(|row| row.name)));
    let told = memory.log_attributes();
    assert!(told.is_subset(&memory.span_attributes()), "{told:?}");
    let series = memory.series();
    assert_eq!(series.keys().cloned().collect::<BTreeSet<_>>(), names(metric::ALL.iter().map(|row| row.name)));
    for row in metric::ALL {
        assert_eq!(series[row.name], names(row.labels.iter().copied()), "{}", row.name);
    }
    let labels: BTreeSet<_> = series.into_values().flatten().collect();
    assert_eq!(labels, names(label::ALL.iter().map(|row| row.name)));
}

#[test]
fn a_decision_is_one_log_event_that_says_all_of_it() {
    let memory = Memory::new();
    run_with(&memory.providers, &memory.metrics);
    let [event] = memory.log_events().try_into().unwrap();
    for (name, value) in [
        (attribute::AGENT, "docs-writer"),
        (attribute::OWNER, "alice@example.com"),
        (attribute::ACTION, "ref:update"),
        (attribute::OUTCOME, "refuse"),
        (attribute::REASON, "not-granted"),
        (attribute::TOKEN, TOKEN),
        (attribute::OWNER_NAME, "acme"),
        (attribute::REPOSITORY, "handbook"),
        (attribute::REF, "refs/heads/main"),
    ] {
        assert_eq!(event.attributes.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(event.trace.as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"), "and belongs to its trace");
}

#[test]
fn the_callers_trace_is_continued_although_it_was_not_to_be_sampled() {
    let memory = Memory::new();
    run_with(&memory.providers, &memory.metrics);
    let spans = memory.spans();
    let request = spans.iter().find(|span| span.name == span::REQUEST).unwrap();
    assert_eq!(request.parent_span_id.to_string(), "00f067aa0ba902b7");
    assert!(request.span_context.is_sampled());
    for span in &spans {
        assert_eq!(span.span_context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }
}

#[test]
fn what_goes_to_the_forge_names_our_span_as_its_parent() {
    let memory = Memory::new();
    with_default(tracing_subscriber::registry().with(collected(&memory.providers)), || {
        let _request = request_span(&Method::GET, &HeaderMap::new()).entered();
        let id = trace_id(&HeaderMap::new());
        let sent = traceparent(id).unwrap();
        let (prefix, rest) = sent.to_str().unwrap().split_at(36);
        assert_eq!(prefix, format!("00-{id}-"));
        assert!(rest.ends_with("-01"), "{sent:?}");
    });
}

#[test]
fn a_prometheus_reads_the_names_and_labels_of_the_table() {
    let memory = Memory::new();
    run_with(&memory.providers, &memory.metrics);
    let text = memory.metrics.exposition().unwrap();
    for row in metric::ALL {
        let name = row.in_prometheus();
        let kind = if row.kind == "histogram" { "_bucket" } else { "" };
        assert!(text.contains(&format!("# TYPE {name} {}\n", row.kind)), "{name} in:\n{text}");
        let series: Vec<_> = text.lines().filter(|line| line.starts_with(&format!("{name}{kind}{{"))).collect();
        for label in row.labels {
            assert!(series.iter().any(|line| line.contains(&format!("{label}=\""))), "{label} of {name} in:\n{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_all_three_signals_over_grpc_and_over_http() {
    for protocol in [Protocol::Grpc, Protocol::Http] {
        let collector = Collector::start(protocol).await;
        let config = Telemetry { otlp_endpoint: Some(collector.url()), protocol };
        let (providers, metrics) = (Providers::open(&config).unwrap().unwrap(), Metrics::open(&config));
        run_with(&providers, &metrics);
        metrics.shut_down().await;
        Guard(Some(providers)).shut_down().await;
        assert_eq!(collector.signals().await, names(["logs", "metrics", "traces"]), "{protocol:?}");
    }
}

#[test]
fn without_a_collector_there_is_none() {
    assert!(Providers::open(&Telemetry::default()).unwrap().is_none());
}
