//! The caller's trace goes along (W3C Trace Context), by the propagator the program has set, with the feature `otel`.

use reqwest::header::HeaderMap;

#[cfg(feature = "otel")]
pub(crate) fn inject(headers: &mut HeaderMap) {
    use opentelemetry::{Context, global};

    global::get_text_map_propagator(|propagator| propagator.inject_context(&Context::current(), &mut Headers(headers)));
}

#[cfg(not(feature = "otel"))]
pub(crate) const fn inject(_: &mut HeaderMap) {}

/// What a propagator writes into.
#[cfg(feature = "otel")]
struct Headers<'a>(&'a mut HeaderMap);

#[cfg(feature = "otel")]
impl opentelemetry::propagation::Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (reqwest::header::HeaderName::try_from(key), value.try_into()) {
            self.0.insert(name, value);
        }
    }
}
