//! Spans, and the W3C Trace Context they are part of, both ways.
//!
//! The caller's trace id is kept, so that one search finds its side and ours. Its sampling flag is not: whether a refusal is
//! exported is no caller's to say.

use http::{HeaderMap, HeaderValue, Method};
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::trace::{IdGenerator as _, RandomIdGenerator};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::instruments::table::{attribute, span};

/// The header of W3C Trace Context §3.2.
const TRACEPARENT: &str = "traceparent";

/// A stage of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Request → route.
    Classify,
    /// Header → verified token.
    Authenticate,
    /// Route → complete effects.
    Examine,
    /// Effects → permit.
    Authorize,
    /// Writing down.
    Intend,
    /// There and back.
    Forward,
}

impl Stage {
    /// The span of this stage of the current request.
    pub fn span(self) -> Span {
        match self {
            Self::Classify => tracing::info_span!(span::CLASSIFY),
            Self::Authenticate => tracing::info_span!(span::AUTHENTICATE),
            Self::Examine => tracing::info_span!(span::EXAMINE),
            Self::Authorize => tracing::info_span!(span::AUTHORIZE),
            Self::Intend => tracing::info_span!(span::INTEND),
            Self::Forward => tracing::info_span!(span::FORWARD, otel.kind = "client"),
        }
    }
}

/// The span of one request, in the caller's trace where it names one and in a trace of its own where it does not.
pub fn request_span(method: &Method, headers: &HeaderMap) -> Span {
    let span = tracing::info_span!(parent: None, span::REQUEST, otel.kind = "server");
    if let Some(parent) = caller(headers) {
        // Without a collector there is no layer that knows of parents, and nobody to tell.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
    span.set_attribute(attribute::METHOD, method.to_string());
    span
}

/// The span of an exchange, within its request.
pub fn exchange_span() -> Span {
    tracing::info_span!(span::EXCHANGE)
}

/// The id of the trace a request is in: the caller's, or else the one the current span began, or else, where nobody
/// collects, a new one, so that the journal and what others tell of the same request can always be joined.
pub fn trace_id(headers: &HeaderMap) -> TraceId {
    let known = caller(headers).or_else(current).map(|context| context.trace_id());
    known.unwrap_or_else(|| RandomIdGenerator::default().new_trace_id())
}

/// `traceparent` for what the gateway itself sends within the trace `trace_id`.
pub fn traceparent(trace_id: TraceId) -> Option<HeaderValue> {
    let ours = current().filter(|context| context.trace_id() == trace_id);
    let (span_id, sampled) = match ours {
        Some(context) => (context.span_id(), TraceFlags::SAMPLED),
        // Nobody exports our span, but the next one down still learns which trace it is in.
        None => (RandomIdGenerator::default().new_span_id(), TraceFlags::default()),
    };
    HeaderValue::try_from(format!("00-{trace_id}-{span_id}-{:02x}", sampled.to_u8())).ok()
}

/// The context of the current span, where somebody collects it.
fn current() -> Option<SpanContext> {
    let context = Span::current().context();
    Some(context.span().span_context().clone()).filter(SpanContext::is_valid)
}

/// What the caller says of its own span: `00-{32 lower-case hex}-{16 lower-case hex}-{flags}` (W3C Trace Context §3.2.2).
/// Exactly one header, or it is nobody's; a later version may have more after it.
fn caller(headers: &HeaderMap) -> Option<SpanContext> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let (text, None) = (values.next()?.to_str().ok()?, values.next()) else { return None };
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let exact = hexadecimal(version, 2) && hexadecimal(trace, 32) && hexadecimal(span, 16) && hexadecimal(flags, 2);
    if !exact || version == "ff" || (version == "00" && parts.next().is_some()) {
        return None;
    }
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, TraceFlags::default(), true, TraceState::NONE);
    context.is_valid().then_some(context)
}

fn hexadecimal(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn headers(values: &[&str]) -> HeaderMap {
        let values = values.iter().map(|value| HeaderValue::from_str(value).expect("a header"));
        values.map(|value| (HeaderName::from_static(TRACEPARENT), value)).collect()
    }

    fn said(values: &[&str]) -> String {
        trace_id(&headers(values)).to_string()
    }

    #[track_caller]
    fn assert_is_new(values: &[&str]) {
        let (one, other) = (said(values), said(values));
        assert_ne!(one, other, "{values:?}");
        assert!(one != TRACE && hexadecimal(&one, 32), "{one}");
    }

    #[test]
    fn the_callers_trace_id_is_kept() {
        assert_eq!(said(&[&format!("00-{TRACE}-00f067aa0ba902b7-01")]), TRACE);
        assert_eq!(said(&[&format!("01-{TRACE}-00f067aa0ba902b7-00-of-later")]), TRACE);
    }

    #[test]
    fn what_is_no_traceparent_is_nobodys_and_the_trace_is_a_new_one() {
        let zero = "0".repeat(32);
        for text in [
            String::new(),
            TRACE.to_owned(),
            format!("00-{TRACE}-00f067aa0ba902b7"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00-{zero}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-0000000000000000-01"),
        ] {
            assert_is_new(&[&text]);
        }
        let one = format!("00-{TRACE}-00f067aa0ba902b7-01");
        assert_is_new(&[&one, &one]);
        assert_is_new(&[]);
    }

    #[test]
    fn what_we_send_is_in_the_same_trace_even_when_nobody_collects() {
        let trace = TraceId::from_hex(TRACE).expect("an id");
        let sent = traceparent(trace).expect("a header");
        assert_eq!(said(&[sent.to_str().expect("text")]), TRACE);
    }
}
