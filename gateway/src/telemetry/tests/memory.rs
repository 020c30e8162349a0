//! Providers whose exporters keep what they get.

use std::collections::{BTreeMap, BTreeSet};

use opentelemetry::{KeyValue, Value, logs::AnyValue};
use opentelemetry_sdk::{
    logs::{InMemoryLogExporter, SdkLoggerProvider},
    metrics::{
        InMemoryMetricExporter, SdkMeterProvider,
        data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics},
    },
    trace::{InMemorySpanExporter, SpanData},
};

use crate::telemetry::{
    Metrics,
    export::{Providers, every_trace},
};

/// What was exported.
pub(super) struct Memory {
    pub(super) providers: Providers,
    pub(super) metrics: Metrics,
    spans: InMemorySpanExporter,
    pushed: InMemoryMetricExporter,
    logs: InMemoryLogExporter,
}

/// One log event.
#[derive(Debug)]
pub(super) struct LogEvent {
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) trace: Option<String>,
}

impl Memory {
    pub(super) fn new() -> Self {
        let (spans, pushed, logs) = <(InMemorySpanExporter, InMemoryMetricExporter, InMemoryLogExporter)>::default();
        let providers = Providers {
            traces: every_trace().with_simple_exporter(spans.clone()).build(),
            logs: SdkLoggerProvider::builder().with_simple_exporter(logs.clone()).build(),
        };
        let metrics = Metrics::of(SdkMeterProvider::builder().with_periodic_exporter(pushed.clone()));
        Self { providers, metrics, spans, pushed, logs }
    }

    pub(super) fn spans(&self) -> Vec<SpanData> {
        self.spans.get_finished_spans().unwrap()
    }

    pub(super) fn span_names(&self) -> BTreeSet<String> {
        self.spans().into_iter().map(|span| span.name.into_owned()).collect()
    }

    pub(super) fn span_attributes(&self) -> BTreeSet<String> {
        self.spans().iter().flat_map(|span| &span.attributes).map(|attribute| attribute.key.to_string()).collect()
    }

    pub(super) fn log_attributes(&self) -> BTreeSet<String> {
        self.log_events().into_iter().flat_map(|event| event.attributes.into_keys()).collect()
    }

    pub(super) fn log_events(&self) -> Vec<LogEvent> {
        let logs = self.logs.get_emitted_logs().unwrap();
        let events = logs.iter().map(|log| LogEvent {
            attributes: log.record.attributes_iter().map(|(key, value)| (key.to_string(), text(value))).collect(),
            trace: log.record.trace_context().map(|context| context.trace_id.to_string()),
        });
        events.collect()
    }

    /// Each metric with the labels its series have.
    pub(super) fn series(&self) -> BTreeMap<String, BTreeSet<String>> {
        let points = self.points();
        let keys = |labels: Vec<KeyValue>| labels.into_iter().map(|label| label.key.to_string());
        let mut series = BTreeMap::<_, BTreeSet<_>>::new();
        for (metric, labels) in points {
            series.entry(metric).or_default().extend(keys(labels));
        }
        series
    }

    /// The values one label of one metric has.
    pub(super) fn values_of(&self, metric: &str, label: &str) -> BTreeSet<String> {
        let points = self.points().into_iter().filter(|(name, _)| name == metric);
        let labels = points.flat_map(|(_, labels)| labels).filter(|found| found.key.as_str() == label);
        labels.map(|found| found.value.to_string()).collect()
    }

    /// Every point of every metric: its name and its labels.
    fn points(&self) -> Vec<(String, Vec<KeyValue>)> {
        self.metrics.provider.force_flush().unwrap();
        let exported = self.pushed.get_finished_metrics().unwrap();
        let scopes = exported.iter().flat_map(ResourceMetrics::scope_metrics);
        let metrics = scopes.flat_map(ScopeMetrics::metrics);
        metrics.flat_map(|metric| labels(metric.data()).into_iter().map(|l| (metric.name().to_owned(), l))).collect()
    }
}

fn labels(data: &AggregatedMetrics) -> Vec<Vec<KeyValue>> {
    match data {
        AggregatedMetrics::U64(data) => points(data),
        AggregatedMetrics::F64(data) => points(data),
        AggregatedMetrics::I64(data) => points(data),
    }
}

fn points<T: Copy>(data: &MetricData<T>) -> Vec<Vec<KeyValue>> {
    match data {
        MetricData::Sum(sum) => sum.data_points().map(|point| labels_of(point.attributes())).collect(),
        MetricData::Gauge(gauge) => gauge.data_points().map(|point| labels_of(point.attributes())).collect(),
        MetricData::Histogram(all) => all.data_points().map(|point| labels_of(point.attributes())).collect(),
        MetricData::ExponentialHistogram(_) => Vec::new(),
    }
}

fn labels_of<'k>(attributes: impl Iterator<Item = &'k KeyValue>) -> Vec<KeyValue> {
    attributes.cloned().collect()
}

fn text(value: &AnyValue) -> String {
    match value {
        AnyValue::String(text) => text.to_string(),
        AnyValue::Int(number) => Value::I64(*number).to_string(),
        other => format!("{other:?}"),
    }
}
