//! What the gateway counts and says about what it decides, one typed method each.

mod decision;
pub mod table;

use std::{
    collections::HashSet,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use gogs_spanner_capability::{AgentName, Reason};
use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, Counter, Histogram, Meter, MeterProvider as _, noop::NoopMeterProvider},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use self::{
    decision::{Decision, outcome},
    table::{attribute, label, metric},
};
use super::queue;
use crate::{
    authorize::policy::CurrentPolicy,
    journal::{Record, Verdict},
    request::Door,
};

/// The name of what emits all this.
pub(super) const SCOPE: &str = "gogs_spanner";

/// Values the label `agent` takes before the rest is [`OTHER`]: a collector keeps a series for each.
pub(super) const AGENTS: usize = 1_000;

/// The label of whoever has none of its own.
const OTHER: &str = "other";

/// Upper bounds of the buckets of durations, in seconds: from a cached decision to a large push.
const SECONDS: [f64; 16] =
    [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0];

/// Every metric, and the log event of a decision. Cheap to clone.
#[derive(Clone)]
pub struct Instruments(Arc<Panel>);

struct Panel {
    meter: Meter,
    policy: Arc<CurrentPolicy>,
    agents: Mutex<HashSet<AgentName>>,
    decisions: Counter<u64>,
    tokens_issued: Counter<u64>,
    request_duration: Histogram<f64>,
    upstream_duration: Histogram<f64>,
    cache_lookups: Counter<u64>,
    revocation_lag: Histogram<f64>,
    journal_commit_duration: Histogram<f64>,
}

impl Instruments {
    /// Instruments nobody reads.
    pub fn new(policy: Arc<CurrentPolicy>) -> Self {
        Self::of(&NoopMeterProvider::new().meter(SCOPE), policy)
    }

    /// Instruments of this meter: the one of [`Metrics`](super::Metrics).
    pub fn of(meter: &Meter, policy: Arc<CurrentPolicy>) -> Self {
        queues(meter);
        Self(Arc::new(Panel {
            meter: meter.clone(),
            policy,
            agents: Mutex::default(),
            decisions: counter(meter, &metric::DECISIONS),
            tokens_issued: counter(meter, &metric::TOKENS_ISSUED),
            request_duration: histogram(meter, &metric::REQUEST_DURATION),
            upstream_duration: histogram(meter, &metric::UPSTREAM_DURATION),
            cache_lookups: counter(meter, &metric::CACHE_LOOKUPS),
            revocation_lag: histogram(meter, &metric::REVOCATION_LAG),
            journal_commit_duration: histogram(meter, &metric::JOURNAL_COMMIT_DURATION),
        }))
    }

    /// One effect was decided on: counted, said in the log, and attached to the current span.
    pub fn decision(&self, record: &Record, seq: Option<u64>, client: Option<IpAddr>) {
        let agent = record.agent.as_ref();
        let policy = self.0.policy.load();
        let decision = Decision {
            owner: agent.and_then(|agent| policy.agent(agent)).map(|agent| agent.owner.clone()),
            epoch: policy.epoch,
            record,
            seq,
            client,
        };
        decision.attach(&Span::current());
        decision.log();
        let labels = self.labels(record.door, record.verdict, Some(record.action.as_str()), agent);
        self.0.decisions.add(1, &labels);
    }

    /// A request was turned away before anybody was known to be asking.
    pub fn turned_away(&self, reason: Reason, door: Door) {
        self.0.decisions.add(1, &self.labels(door, Verdict::Refuse(reason), None, None));
        let span = Span::current();
        span.set_attribute(attribute::OUTCOME, outcome(Verdict::Refuse(reason)));
        span.set_attribute(attribute::REASON, reason.code());
    }

    /// A token was handed out.
    pub fn issued(&self, grant: &'static str, agent: &AgentName) {
        self.0.tokens_issued.add(1, &[KeyValue::new(label::GRANT, grant), self.agent(agent)]);
    }

    /// A request was answered.
    pub fn request_duration(&self, door: Door, status: u16, took: Duration) {
        Span::current().set_attribute(attribute::STATUS, i64::from(status));
        self.0.request_duration.record(took.as_secs_f64(), &answered(door, Some(status)));
    }

    /// The forge answered, or (`None`) did not.
    pub fn upstream_duration(&self, door: Door, status: Option<u16>, took: Duration) {
        self.0.upstream_duration.record(took.as_secs_f64(), &answered(door, status));
    }

    /// A cache knew (`hit`), or did not (`miss`).
    pub fn cache_lookup(&self, cache: &'static str, result: &'static str) {
        Span::current().set_attribute(attribute::CACHE, result);
        self.0.cache_lookups.add(1, &[KeyValue::new(label::CACHE, cache), KeyValue::new(label::RESULT, result)]);
    }

    /// A revocation bites, so long after it was asked for.
    pub fn revocation_lag(&self, took: Duration) {
        self.0.revocation_lag.record(took.as_secs_f64(), &[]);
    }

    /// The journal wrote durably.
    pub fn journal_commit(&self, took: Duration) {
        self.0.journal_commit_duration.record(took.as_secs_f64(), &[]);
    }

    /// Lets it be looked up, whenever somebody looks, which key signs and for how long it has, and how long keys are to.
    pub fn watch_keys(&self, signing: impl Fn() -> (u32, Duration) + Send + Sync + 'static, rotation: Duration) {
        watch(&self.0.meter, &metric::KEYS_ROTATION, move |gauge| gauge.observe(rotation.as_secs_f64(), &[]));
        watch(&self.0.meter, &metric::KEYS_AGE, move |gauge| {
            let (key, age) = signing();
            gauge.observe(age.as_secs_f64(), &[KeyValue::new(label::KEY, i64::from(key))]);
        });
    }

    fn labels(&self, door: Door, verdict: Verdict, action: Option<&str>, agent: Option<&AgentName>) -> Vec<KeyValue> {
        let mut labels =
            vec![KeyValue::new(label::OUTCOME, outcome(verdict)), KeyValue::new(label::DOOR, door.as_str())];
        labels.extend(verdict.reason().map(|reason| KeyValue::new(label::REASON, reason.code())));
        labels.extend(action.map(|action| KeyValue::new(label::ACTION, action.to_owned())));
        labels.extend(agent.map(|agent| self.agent(agent)));
        labels
    }

    /// The label of an agent: first come, first named, and nobody whom today's policy does not know.
    fn agent(&self, agent: &AgentName) -> KeyValue {
        let mut named = self.0.agents.lock().unwrap_or_else(PoisonError::into_inner);
        let known = named.contains(agent)
            || named.len() < AGENTS && self.0.policy.load().agent(agent).is_some() && named.insert(agent.clone());
        KeyValue::new(label::AGENT, if known { agent.to_string() } else { OTHER.to_owned() })
    }
}

impl fmt::Debug for Instruments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Instruments")
    }
}

fn answered(door: Door, status: Option<u16>) -> Vec<KeyValue> {
    let mut labels = vec![KeyValue::new(label::DOOR, door.as_str())];
    labels.extend(status.map(|status| KeyValue::new(label::STATUS, i64::from(status))));
    labels
}

fn counter(meter: &Meter, row: &table::Metric) -> Counter<u64> {
    meter.u64_counter(row.name).with_unit(row.unit).with_description(row.meaning).build()
}

fn histogram(meter: &Meter, row: &table::Metric) -> Histogram<f64> {
    let builder = meter.f64_histogram(row.name).with_unit(row.unit).with_description(row.meaning);
    builder.with_boundaries(SECONDS.to_vec()).build()
}

/// A gauge that is looked up when it is read. It lives as long as its meter.
fn watch(meter: &Meter, row: &table::Metric, look: impl Fn(&dyn AsyncInstrument<f64>) + Send + Sync + 'static) {
    let builder = meter.f64_observable_gauge(row.name).with_unit(row.unit).with_description(row.meaning);
    builder.with_callback(look).build();
}

/// What the queues of the process lost, from the first look on: a loss that begins a series is not seen as one.
fn queues(meter: &Meter) {
    let row = &metric::TELEMETRY_LOST;
    let builder = meter.u64_observable_counter(row.name).with_unit(row.unit).with_description(row.meaning);
    let look = |counter: &dyn AsyncInstrument<u64>| {
        for (signal, lost) in queue::lost() {
            counter.observe(lost, &[KeyValue::new(label::SIGNAL, signal)]);
        }
    };
    builder.with_callback(look).build();
}
