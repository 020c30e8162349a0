//! The queue before the collector: bounded, and what does not get through it is counted.
//!
//! The library's batch processors drop what they have no room for and say so in a log line at most. Here a place is taken
//! before anything enters, and given back when a batch is taken out to be sent, so the count is exact and can be watched.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use opentelemetry::{Context, InstrumentationScope, logs::Severity};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    logs::{LogBatch, LogExporter, LogProcessor, SdkLogRecord},
    trace::{Span, SpanData, SpanExporter, SpanProcessor},
};

/// Spans or log events that wait for the collector: those of a thousand requests, a few megabytes.
pub(super) const PLACES: usize = 8_192;

/// How many were lost since the process began. Spans and logs are exported once in a process, whoever asks.
pub(super) static LOST_SPANS: AtomicU64 = AtomicU64::new(0);

/// See [`LOST_SPANS`].
pub(super) static LOST_EVENTS: AtomicU64 = AtomicU64::new(0);

/// What was lost of each signal.
pub(super) fn lost() -> [(&'static str, u64); 2] {
    [("traces", LOST_SPANS.load(Ordering::Relaxed)), ("logs", LOST_EVENTS.load(Ordering::Relaxed))]
}

/// Places, and the count of those who got none or were not taken in.
#[derive(Debug)]
pub(super) struct Queue {
    taken: AtomicUsize,
    lost: &'static AtomicU64,
}

/// A batch processor that takes in what there is a place for.
#[derive(Debug)]
pub(super) struct Entrance<P> {
    queue: Arc<Queue>,
    processor: P,
}

/// An exporter that gives back the places of what it is handed.
#[derive(Debug)]
pub(super) struct Exit<E> {
    queue: Arc<Queue>,
    exporter: E,
}

impl Queue {
    pub(super) fn new(lost: &'static AtomicU64) -> Arc<Self> {
        Arc::new(Self { taken: AtomicUsize::new(0), lost })
    }

    /// The way in, before `processor`, which must have [`PLACES`] of its own.
    pub(super) fn entrance<P>(self: &Arc<Self>, processor: P) -> Entrance<P> {
        Entrance { queue: Arc::clone(self), processor }
    }

    /// The way out, before `exporter`.
    pub(super) fn exit<E>(self: &Arc<Self>, exporter: E) -> Exit<E> {
        Exit { queue: Arc::clone(self), exporter }
    }

    fn take_a_place(&self) -> bool {
        let one_more = |taken| (taken < PLACES).then_some(taken + 1);
        let is_taken = self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok();
        if !is_taken {
            self.lose(1);
        }
        is_taken
    }

    fn give_back(&self, places: usize) {
        self.taken.fetch_sub(places, Ordering::Relaxed);
    }

    fn lose(&self, count: usize) {
        self.lost.fetch_add(count.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl<E> Exit<E> {
    /// Sends a batch of this many, which is lost where the collector does not take it.
    async fn send(&self, count: usize, sending: impl Future<Output = OTelSdkResult>) -> OTelSdkResult {
        self.queue.give_back(count);
        sending.await.inspect_err(|_| self.queue.lose(count))
    }
}

impl<P: SpanProcessor> SpanProcessor for Entrance<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.processor.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.queue.take_a_place() {
            self.processor.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.processor.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.processor.set_resource(resource);
    }
}

impl<E: SpanExporter> SpanExporter for Exit<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.send(batch.len(), self.exporter.export(batch)).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<P: LogProcessor> LogProcessor for Entrance<P> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        if self.queue.take_a_place() {
            self.processor.emit(record, scope);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.processor.shutdown_with_timeout(timeout)
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.processor.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.processor.set_resource(resource);
    }
}

impl<E: LogExporter> LogExporter for Exit<E> {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        self.send(batch.iter().count(), self.exporter.export(batch)).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.exporter.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
