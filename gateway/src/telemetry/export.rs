//! Where telemetry goes: OTLP over gRPC or HTTP.
//!
//! Spans and logs have a bounded [queue](super::queue) and a thread each, metrics a thread. A collector that is slow or gone
//! costs what does not fit in the queue and nothing else: telemetry is not audit.

use std::{env, thread, time::Duration};

use opentelemetry_otlp::{
    ExporterBuildError, LogExporter, MetricExporter, Protocol as Wire, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::{
    Resource,
    logs::{BatchConfigBuilder as LogBatches, BatchLogProcessor, LogProcessor, SdkLoggerProvider},
    trace::{
        BatchConfigBuilder as SpanBatches, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanProcessor,
        TracerProviderBuilder,
    },
};

use super::queue::{LOST_EVENTS, LOST_SPANS, PLACES, Queue};

use crate::{
    client::{self, Purpose},
    config::telemetry::{Protocol, Telemetry},
};

/// How long one export may take; the queue fills meanwhile.
const EXPORT: Duration = Duration::from_secs(2);

/// The variable that names a collector for all signals; `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` and its like are for one.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// The variable that names the protocol: `grpc` or `http/protobuf`.
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";

/// The variable that bounds one export, in milliseconds.
const TIMEOUT: &str = "OTEL_EXPORTER_OTLP_TIMEOUT";

/// One kind of telemetry, and how OTLP over HTTP calls it.
#[derive(Debug, Clone, Copy)]
enum Signal {
    Traces,
    Metrics,
    Logs,
}

/// The providers of what is exported once in a process; they own the queues and their threads.
#[derive(Debug, Clone)]
pub(super) struct Providers {
    pub(super) traces: SdkTracerProvider,
    pub(super) logs: SdkLoggerProvider,
}

/// Where to, and how.
struct Collector<'c> {
    config: &'c Telemetry,
    http: Option<reqwest::blocking::Client>,
}

impl Signal {
    /// The variable that names this signal's own collector.
    const fn endpoint_variable(self) -> &'static str {
        match self {
            Self::Traces => "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            Self::Metrics => "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            Self::Logs => "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
        }
    }

    /// Its path below the endpoint (OTLP 1.0, "OTLP/HTTP Request").
    const fn path(self) -> &'static str {
        match self {
            Self::Traces => "v1/traces",
            Self::Metrics => "v1/metrics",
            Self::Logs => "v1/logs",
        }
    }

    /// Whether the environment names a collector for it.
    fn is_in_environment(self) -> bool {
        is_set(self.endpoint_variable()) || is_set(ENDPOINT)
    }
}

impl Providers {
    /// Providers for the collector of the environment or, without one, of the configuration; `None` where neither names one.
    pub(super) fn open(config: &Telemetry) -> Result<Option<Self>, ExporterBuildError> {
        if !is_named(config, &[Signal::Traces, Signal::Logs]) {
            return Ok(None);
        }
        let collector = Collector::new(config)?;
        let (spans, logs) = (spans(collector.spans()?), logs(collector.logs()?));
        Ok(Some(Self {
            traces: every_trace().with_resource(resource()).with_span_processor(spans).build(),
            logs: SdkLoggerProvider::builder().with_resource(resource()).with_log_processor(logs).build(),
        }))
    }

    /// Sends what is in the queues and stops. Blocks, as long as a dead collector makes it.
    pub(super) fn shut_down(&self) {
        // What cannot be sent now is lost: there is nowhere else to say so.
        let _ = self.traces.shutdown_with_timeout(EXPORT);
        let _ = self.logs.shutdown_with_timeout(EXPORT);
    }
}

impl<'c> Collector<'c> {
    fn new(config: &'c Telemetry) -> Result<Self, ExporterBuildError> {
        let http = match protocol(config) {
            Protocol::Grpc => None,
            Protocol::Http => Some(blocking_client()?),
        };
        Ok(Self { config, http })
    }

    fn spans(&self) -> Result<SpanExporter, ExporterBuildError> {
        let builder = SpanExporter::builder();
        match &self.http {
            None => self.grpc(Signal::Traces, builder.with_tonic()).build(),
            Some(client) => self.http(Signal::Traces, builder.with_http().with_http_client(client.clone())).build(),
        }
    }

    fn metrics(&self) -> Result<MetricExporter, ExporterBuildError> {
        let builder = MetricExporter::builder();
        match &self.http {
            None => self.grpc(Signal::Metrics, builder.with_tonic()).build(),
            Some(client) => self.http(Signal::Metrics, builder.with_http().with_http_client(client.clone())).build(),
        }
    }

    fn logs(&self) -> Result<LogExporter, ExporterBuildError> {
        let builder = LogExporter::builder();
        match &self.http {
            None => self.grpc(Signal::Logs, builder.with_tonic()).build(),
            Some(client) => self.http(Signal::Logs, builder.with_http().with_http_client(client.clone())).build(),
        }
    }

    fn grpc<B: WithExportConfig>(&self, signal: Signal, builder: B) -> B {
        let builder = bounded(builder);
        match &self.config.otlp_endpoint {
            Some(url) if !signal.is_in_environment() => builder.with_endpoint(url.as_str()),
            _ => builder,
        }
    }

    /// The exporter appends the signal's path to what the environment says, but not to what we say.
    fn http<B: WithExportConfig>(&self, signal: Signal, builder: B) -> B {
        let builder = bounded(builder).with_protocol(Wire::HttpBinary);
        match &self.config.otlp_endpoint {
            Some(url) if !signal.is_in_environment() => {
                builder.with_endpoint(format!("{}/{}", url.as_str().trim_end_matches('/'), signal.path()))
            }
            _ => builder,
        }
    }
}

/// What sends metrics to the collector, where one is named for them.
pub(super) fn metrics(config: &Telemetry) -> Result<Option<MetricExporter>, ExporterBuildError> {
    is_named(config, &[Signal::Metrics]).then(|| Collector::new(config)?.metrics()).transpose()
}

/// Whether the configuration or the environment names a collector for one of these signals.
fn is_named(config: &Telemetry, signals: &[Signal]) -> bool {
    config.otlp_endpoint.is_some() || signals.iter().any(|signal| signal.is_in_environment())
}

fn spans(exporter: SpanExporter) -> impl SpanProcessor + 'static {
    let (queue, batches) = (Queue::new(&LOST_SPANS), SpanBatches::default().with_max_queue_size(PLACES).build());
    queue.entrance(BatchSpanProcessor::new(queue.exit(exporter), batches))
}

fn logs(exporter: LogExporter) -> impl LogProcessor + 'static {
    let (queue, batches) = (Queue::new(&LOST_EVENTS), LogBatches::default().with_max_queue_size(PLACES).build());
    let processor = BatchLogProcessor::builder(queue.exit(exporter)).with_batch_config(batches).build();
    queue.entrance(processor)
}

/// Every trace is recorded, whatever its caller's sampling flag says: no caller decides whether a refusal is seen.
pub(super) fn every_trace() -> TracerProviderBuilder {
    SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOn)
}

fn bounded<B: WithExportConfig>(builder: B) -> B {
    if is_set(TIMEOUT) { builder } else { builder.with_timeout(EXPORT) }
}

fn protocol(config: &Telemetry) -> Protocol {
    match env::var(PROTOCOL).as_deref() {
        Ok("grpc") => Protocol::Grpc,
        Ok("http/protobuf") => Protocol::Http,
        _ => config.protocol,
    }
}

/// Who is speaking; `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say it otherwise.
pub(super) fn resource() -> Resource {
    let builder = Resource::builder();
    let builder = if is_set("OTEL_SERVICE_NAME") { builder } else { builder.with_service_name("gogs-spanner") };
    builder.with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"))).build()
}

/// The exporters' threads block, so their client does; it can only be made where nothing asynchronous runs.
fn blocking_client() -> Result<reqwest::blocking::Client, ExporterBuildError> {
    let made = thread::spawn(|| client::blocking(Purpose::Collector)).join();
    let made = made.map_err(|_| ExporterBuildError::InternalFailure("its thread broke off".to_owned()))?;
    made.map_err(|error| ExporterBuildError::InternalFailure(error.to_string()))
}

fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}
