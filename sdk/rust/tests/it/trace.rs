//! The caller's trace goes along.

use opentelemetry::{
    Context, global,
    trace::{TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use wiremock::{Mock, ResponseTemplate, matchers::path};

use crate::scene::{Scene, granted};

#[tokio::test]
async fn exchange_and_call_are_of_the_trace_that_is_current() {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let scene = Scene::new().await;
    scene.answers(granted(b"one")).await;
    Mock::given(path("/here")).respond_with(ResponseTemplate::new(200)).mount(&scene.gateway).await;
    let client = scene.session().await.client();
    let span = SdkTracerProvider::builder().build().tracer("test").start("task");
    let context = Context::current_with_span(span);
    let trace = context.span().span_context().trace_id().to_string();
    let call = async { client.get("/here").send().await };
    opentelemetry::trace::FutureExt::with_context(call, context).await.unwrap();
    let sent = scene.gateway.received_requests().await.unwrap();
    let traced = |request: &&wiremock::Request| {
        request.headers.get("traceparent").is_some_and(|value| value.to_str().unwrap().contains(&trace))
    };
    assert_eq!(sent.iter().filter(traced).count(), 2, "the exchange and the call");
}
