//! Traces, metrics and logs: what operators watch. It is not audit (that is the [`journal`](crate::journal)), so nothing here
//! can slow or refuse a request.
//!
//! Standard error gets the log, as JSON where nobody is looking at a terminal. With a collector, OTLP gets spans, metrics and
//! the same log; a Prometheus gets the metrics from the private listener. No secret is in any of them: a type that holds one prints none.

mod export;
pub mod instruments;
mod measured;
mod metrics;
mod queue;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
mod trace;

use std::{
    io::{self, IsTerminal as _},
    sync::mpsc,
    thread,
    time::Duration,
};

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::filter_fn,
    layer::{Identity, SubscriberExt as _},
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use self::export::Providers;
use crate::config::telemetry::Telemetry;

pub use self::{
    instruments::Instruments,
    measured::Measured,
    metrics::Metrics,
    trace::{Stage, exchange_span, request_span, trace_id, traceparent},
};

/// What is logged unless `RUST_LOG` says otherwise.
const DEFAULT_LOG: &str = "info";

/// How long the end of the process waits for the collector.
const FLUSH: Duration = Duration::from_secs(3);

/// Keeps telemetry going; flushes it, bounded, when it is dropped.
#[derive(Debug)]
#[must_use = "telemetry stops when this is dropped"]
pub struct Guard(Option<Providers>);

/// Installs logging and, where the configuration or the environment names a collector, the export of spans and logs. Once
/// in a process; to be called within the runtime, which gRPC exports run on. [`Metrics`] are each gateway's own.
///
/// Nothing about telemetry stops a gateway from starting: what is wrong with it is logged.
pub fn install(config: &Telemetry) -> Guard {
    start(config, Some(stderr()))
}

/// The same without a log: for a command that speaks for itself.
pub fn export(config: &Telemetry) -> Guard {
    start(config, None::<Identity>)
}

fn start(config: &Telemetry, log: Option<impl Layer<Registry> + Send + Sync>) -> Guard {
    let (providers, failure) = match Providers::open(config) {
        Ok(providers) => (providers, None),
        Err(error) => (None, Some(error)),
    };
    let subscriber = tracing_subscriber::registry().with(log).with(providers.as_ref().map(collected));
    if subscriber.try_init().is_err() {
        tracing::debug!("telemetry was installed before");
    }
    if let Some(error) = failure {
        tracing::error!(%error, "traces and logs cannot be exported; see `[telemetry]` and OTEL_EXPORTER_OTLP_*");
    }
    Guard(providers)
}

impl Guard {
    /// Flushes without holding up a thread of the runtime, which a gRPC export may need.
    pub async fn shut_down(self) {
        // A flush that panics has nothing left to save.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(providers) = self.0.take() else { return };
        let (done, flushed) = mpsc::channel();
        thread::spawn(move || {
            providers.shut_down();
            let _ = done.send(());
        });
        if flushed.recv_timeout(FLUSH).is_err() {
            tracing::warn!("the collector did not take the last telemetry in time");
        }
    }
}

/// The log, for whoever runs the process.
fn stderr<S: Subscriber + for<'s> LookupSpan<'s>>() -> impl Layer<S> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    let format = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let layer = if io::stderr().is_terminal() { format.boxed() } else { format.json().flatten_event(true).boxed() };
    layer.with_filter(filter).with_filter(filter_fn(is_discreet))
}

/// Spans and the log, for the collector.
fn collected<S: Subscriber + for<'s> LookupSpan<'s>>(providers: &Providers) -> impl Layer<S> + use<S> {
    let spans = tracing_opentelemetry::layer()
        .with_tracer(providers.traces.tracer(instruments::SCOPE))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_level(false)
        .with_filter(filter_fn(|metadata| metadata.is_span() && is_ours(metadata)));
    let logs = OpenTelemetryTracingBridge::new(&providers.logs)
        .with_filter(filter_fn(|metadata| metadata.is_event() && is_ours(metadata)));
    spans.and_then(logs)
}

/// What the collector gets. Not the libraries': those that carry telemetry would export about exporting.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with(instruments::SCOPE) && *metadata.level() <= Level::INFO
}

/// Libraries print what passes through them at the levels below `INFO`, credentials included, whatever `RUST_LOG` asks for.
fn is_discreet(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with(instruments::SCOPE) || *metadata.level() <= Level::INFO
}
