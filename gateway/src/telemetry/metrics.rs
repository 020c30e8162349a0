//! The metrics of one gateway, on both ways out: pushed to a collector, and read by a Prometheus from `/metrics`.

use std::{fmt, thread, time::Duration};

use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::metrics::{Instrument, MeterProviderBuilder, SdkMeterProvider, Stream};
use prometheus::{Registry, TextEncoder};
use tokio::{sync::oneshot, time::timeout};

use super::{
    export,
    instruments::{
        AGENTS, SCOPE,
        table::{Metric, metric},
    },
};
use crate::config::telemetry::Telemetry;

/// Series an agent has of one metric before its others are one series, `otel_metric_overflow`: what an agent does is of a
/// few actions, through a door or two, and refused for a few reasons. The library's own limit is 2,000 for all agents.
const SERIES_OF_AN_AGENT: usize = 32;

/// How long the end of a gateway waits for the collector to take the last of its metrics.
const LAST_EXPORT: Duration = Duration::from_secs(1);

/// The metrics of one gateway. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    pub(super) provider: SdkMeterProvider,
    read: Registry,
}

impl Metrics {
    /// Metrics that can be read, and that go to the collector where the environment or the configuration names one.
    /// To be called within the runtime, which gRPC exports run on.
    ///
    /// Nothing about telemetry stops a gateway from starting: what is wrong with it is logged.
    pub fn open(config: &Telemetry) -> Self {
        let builder = SdkMeterProvider::builder().with_resource(export::resource());
        match export::metrics(config) {
            Ok(None) => Self::of(builder),
            Ok(Some(exporter)) => Self::of(builder.with_periodic_exporter(exporter)),
            Err(error) => {
                tracing::error!(%error, "metrics cannot be exported; see `[telemetry]` and OTEL_EXPORTER_OTLP_*");
                Self::of(builder)
            }
        }
    }

    pub(super) fn of(builder: MeterProviderBuilder) -> Self {
        let read = Registry::new();
        let exporter = opentelemetry_prometheus::exporter().with_registry(read.clone()).build();
        let exporter = exporter.expect("a new registry has no collector of this name");
        Self { provider: builder.with_reader(exporter).with_view(roomy).build(), read }
    }

    /// Where instruments are made.
    pub fn meter(&self) -> Meter {
        self.provider.meter(SCOPE)
    }

    /// Everything, as Prometheus reads it (text format 0.0.4).
    pub fn exposition(&self) -> Result<String, prometheus::Error> {
        TextEncoder::new().encode_to_string(&self.read.gather())
    }

    /// Sends the last of it, bounded, without holding up a thread of the runtime.
    pub async fn shut_down(self) {
        let (done, flushed) = oneshot::channel();
        // A thread of its own: the end of the runtime waits for blocking tasks, and an export for its own time-out.
        thread::spawn(move || {
            let sent = self.provider.shutdown_with_timeout(LAST_EXPORT);
            let _ = done.send(sent);
        });
        if !matches!(timeout(LAST_EXPORT, flushed).await, Ok(Ok(Ok(())))) {
            tracing::warn!("the collector did not take the last metrics in time");
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// Room for every agent that has a name, where agents are told apart.
fn roomy(instrument: &Instrument) -> Option<Stream> {
    let by_agent: [&Metric; 2] = [&metric::DECISIONS, &metric::TOKENS_ISSUED];
    let is_by_agent = by_agent.iter().any(|row| row.name == instrument.name());
    is_by_agent.then(|| Stream::builder().with_cardinality_limit((AGENTS + 1) * SERIES_OF_AN_AGENT).build().ok())?
}
