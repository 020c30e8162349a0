//! One push, read back from where the Collector put it.

use gogs_spanner::journal::AuditLine;
use gogs_spanner_testkit::{Forge, Process, Workspace, eventually};
use serde_json::Value;

use super::parts::{Collector, gateway};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
const STAGES: [&str; 6] = ["classify", "authenticate", "examine", "authorize", "intend", "forward"];

/// Everything of one kind in a file of the Collector.
fn all(told: &[Value], resource: &str, scope: &str, kind: &str) -> Vec<Value> {
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let resources = told.iter().flat_map(|line| list(line, resource));
    let scopes = resources.flat_map(|resource| list(&resource, scope));
    scopes.flat_map(|scope| list(&scope, kind)).collect()
}

fn attribute(of: &Value, name: &str) -> Option<String> {
    let attributes = of["attributes"].as_array()?;
    let value = &attributes.iter().find(|attribute| attribute["key"] == name)?["value"];
    ["stringValue", "intValue"].iter().find_map(|kind| value[kind].as_str().map(str::to_owned))
}

/// The line of the journal about the branch that was made.
async fn creation(process: &Process) -> AuditLine {
    let trail = process.trail().await.expect("the trail can be read");
    trail.into_iter().find(|line| line.action == "ref:create").expect("the push is in the trail")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_of_a_push_has_every_stage_and_the_number_of_its_record() {
    let (forge, collector) = (Forge::demonstration().await, Collector::start().await);
    let process = gateway(&forge, &collector).await;
    let (workspace, docs) = (Workspace::new(), process.agent("docs-writer").await);
    let traced = docs.remote("acme/handbook").with("http.extraHeader", &format!("traceparent: 00-{TRACE}-{CALLER}-00"));
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await.under(&traced);
    handbook.commit("page", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.succeeds();

    let line = creation(&process).await;
    assert_eq!(line.trace_id.as_deref(), Some(TRACE), "the caller's trace is kept");
    let seq = line.seq.to_string();
    let spans = || {
        let spans = all(&collector.told("traces.jsonl"), "resourceSpans", "scopeSpans", "spans");
        spans.into_iter().filter(|span| span["traceId"] == TRACE).collect::<Vec<_>>()
    };
    let of_the_push = |spans: &[Value]| {
        let intend = spans.iter().find(|span| attribute(span, "gogs_spanner.journal.seq").as_ref() == Some(&seq))?;
        spans.iter().find(|span| span["spanId"] == intend["parentSpanId"]).cloned()
    };
    eventually("the push is told", async || of_the_push(&spans()).is_some()).await;

    let spans = spans();
    let request = of_the_push(&spans).expect("it was there");
    assert_eq!((&request["name"], &request["parentSpanId"]), (&"spanner.request".into(), &CALLER.into()));
    assert_eq!(attribute(&request, "http.request.method").as_deref(), Some("POST"));
    for stage in STAGES {
        let is_it = |span: &&Value| span["name"] == stage && span["parentSpanId"] == request["spanId"];
        assert_eq!(spans.iter().filter(is_it).count(), 1, "{stage} in {spans:#?}");
    }
    let decided = |event: &Value| attribute(event, "gogs_spanner.journal.seq").as_ref() == Some(&seq);
    let events = || all(&collector.told("decisions.jsonl"), "resourceLogs", "scopeLogs", "logRecords");
    eventually("the decision is told", async || events().iter().any(decided)).await;
    let event = events().into_iter().find(decided).expect("it was there");
    assert_eq!(event["traceId"], TRACE);
    assert_eq!(attribute(&event, "vcs.ref.head.name").as_deref(), Some("refs/heads/agents/page"));
}
