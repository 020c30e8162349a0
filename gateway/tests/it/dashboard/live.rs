//! A gateway at work, and every panel and every alert asked for what it shows.

use std::time::Duration;

use gogs_spanner_fakes::forge::Trouble;
use gogs_spanner_testkit::{Caller, Clone, Forge, Host, Process, Workspace};
use tokio::time::timeout;

use super::{
    example, made, panels,
    parts::{Collector, Prometheus, gateway},
    query::{Selector, filled},
};

const REPOSITORY: &str = "/api/v1/repos/acme/handbook";
/// A counter is seen to grow once it was read twice; two busy cores take a while for that.
const SEEN_WITHIN: Duration = Duration::from_mins(1);

/// What bots do, and what goes wrong with them, once through.
async fn a_day(process: &Process, forge: &Forge, handbook: &Clone<'_>, day: u32) {
    let docs = process.agent("docs-writer").await;
    handbook.commit("page", day.to_string()).await;
    handbook.push(&[&format!("HEAD:refs/heads/agents/{day}")]).await.succeeds();
    handbook.push(&["HEAD:refs/heads/master"]).await.fails().says("not-granted");
    docs.get(REPOSITORY).await.is(200);
    docs.get("/api/v1/repos/acme/secret").await.is(403);
    process.nobody().get(REPOSITORY).await.is(401);
    let ci = process.key_holder("ci-web");
    ci.ask("no assertion", &[]).await.is(401);
    forge.stand_in().trouble(Trouble::Unavailable);
    docs.get(REPOSITORY).await.is(503);
    forge.stand_in().trouble(Trouble::None);
    process.nobody().revoke(&docs).await.is(200);
}

/// The queries, of panels and of what alerts look at, that find no series with a number in it.
async fn blind(prometheus: &Prometheus) -> Vec<String> {
    let panels = panels().into_iter().map(|panel| (panel.title, filled(&panel.expression)));
    let rules = prometheus.rules().await;
    let watched = rules.iter().flat_map(|rule| {
        let (name, query) = (rule["name"].as_str().unwrap_or_default(), rule["query"].as_str().unwrap_or_default());
        Selector::of(query).into_iter().map(move |selector| (name.to_owned(), selector.query()))
    });
    let mut blind = Vec::new();
    for (name, query) in panels.chain(watched) {
        if !prometheus.query(&query).await.into_iter().any(f64::is_finite) {
            blind.push(format!("{name}, reading {}: {query}", prometheus.reads));
        }
    }
    blind
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_panel_and_every_alert_has_a_live_series_on_either_way_in() {
    let (forge, collector) = (Forge::demonstration().await, Collector::start().await);
    let process = gateway(&forge, &collector).await;
    let direct = Prometheus::start("the gateway", &process.private.address.to_string()).await;
    let ways = [direct, collector.prometheus().await];
    let workspace = Workspace::new();
    let docs = process.agent("docs-writer").await;
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    let mut missing = vec!["nothing was asked".to_owned()];
    let looking = async {
        for day in 0.. {
            a_day(&process, &forge, &handbook, day).await;
            missing = [blind(&ways[0]).await, blind(&ways[1]).await].concat();
            if missing.is_empty() {
                return;
            }
        }
    };
    let seen = timeout(SEEN_WITHIN, looking).await;
    assert!(seen.is_ok(), "no live series after {SEEN_WITHIN:?}: {missing:#?}");
    for prometheus in &ways {
        let rules = prometheus.rules().await;
        assert_eq!(rules.len(), 9);
        assert!(rules.iter().all(|rule| rule["health"] == "ok"), "{rules:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_example_runs_alone() {
    let binary = env!("CARGO_BIN_EXE_spanner");
    let mut host = Host::with(binary.as_ref()).variable("SPANNER", binary).variable("OTELCOL", made("otelcol/otelcol"));
    for name in ["COLLECTOR_GRPC", "COLLECTOR_HTTP", "COLLECTOR_METRICS", "PROMETHEUS"] {
        host = host.variable(name, Host::free_address().await);
    }
    let said = host.shell(example("run.sh").to_str().expect("a path of ours")).await;
    assert_eq!(said.code, 0, "{}\n{}", said.stdout, said.stderr);
    for told in ["every step did what it should", "Who did what, and why not", r#"reason="not-granted""#] {
        assert!(said.stdout.contains(told), "{told:?} is not in:\n{}", said.stdout);
    }
}
