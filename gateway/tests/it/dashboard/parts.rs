//! A real Collector and real Prometheuses, with the example's files, on free ports of loopback.

use std::{fs::File, path::Path, process::Stdio};

use gogs_spanner_testkit::{Forge, Host, Process, Setting, WRITER, eventually};
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use url::Url;

use super::{example, made, text};

/// A Collector; dropping it kills it.
pub(super) struct Collector {
    pub(super) otlp: String,
    metrics: String,
    directory: TempDir,
    _child: Child,
}

/// A Prometheus; dropping it kills it.
pub(super) struct Prometheus {
    /// What it reads.
    pub(super) reads: &'static str,
    address: String,
    client: Client,
    directory: TempDir,
    _child: Child,
}

/// A gateway that tells a Collector what it does, often.
pub(super) async fn gateway(forge: &Forge, collector: &Collector) -> Process {
    let often = "[telemetry]\notlp_endpoint = \"OTLP\"\n".replace("OTLP", &format!("http://{}", collector.otlp));
    let setting = Setting::usual().agent("ci-web", "acme/web", WRITER).and(&often);
    let setting = setting.variable("OTEL_METRIC_EXPORT_INTERVAL", "500");
    let setting = setting.variable("OTEL_BSP_SCHEDULE_DELAY", "200").variable("OTEL_BLRP_SCHEDULE_DELAY", "200");
    let binary = Path::new(env!("CARGO_BIN_EXE_spanner"));
    Process::start(binary, forge, setting).await.expect("the gateway starts")
}

impl Collector {
    pub(super) async fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let [otlp, http, metrics] =
            [Host::free_address().await, Host::free_address().await, Host::free_address().await];
        let mut command = daemon(&made("otelcol/otelcol"), directory.path());
        command.arg("--config").arg(example("collector.yaml"));
        command.env("COLLECTOR_GRPC", &otlp).env("COLLECTOR_HTTP", http).env("COLLECTOR_METRICS", &metrics);
        command.env("COLLECTOR_FILES", directory.path());
        let child = command.spawn().expect("the collector starts");
        let (client, page) = (client(), format!("http://{metrics}/metrics"));
        eventually("the collector answers", async || client.get(&page).send().await.is_ok()).await;
        Self { otlp, metrics, directory, _child: child }
    }

    /// What it was told of one kind so far, one object a line.
    pub(super) fn told(&self, file: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.directory.path().join(file)).unwrap_or_default();
        // The last line may still be being written.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    pub(super) async fn prometheus(&self) -> Prometheus {
        Prometheus::start("the collector", &self.metrics).await
    }
}

impl Prometheus {
    /// One that reads this address, with the example's configuration and rules.
    pub(super) async fn start(reads: &'static str, target: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let configuration = text("prometheus.yml").replace("127.0.0.1:9464", target).replace("15s", "500ms");
        std::fs::write(directory.path().join("prometheus.yml"), configuration).expect("a file can be written");
        std::fs::copy(example("rules.yml"), directory.path().join("rules.yml")).expect("a file can be copied");
        let address = Host::free_address().await;
        let mut command = daemon("prometheus".as_ref(), directory.path());
        command.args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
        command.arg(format!("--web.listen-address={address}"));
        let child = command.spawn().expect("Prometheus starts");
        let prometheus = Self { reads, address, client: client(), directory, _child: child };
        eventually("Prometheus answers", async || prometheus.get("query", &[("query", "1")]).await.is_some()).await;
        prometheus
    }

    /// The values of the series a query finds.
    pub(super) async fn query(&self, query: &str) -> Vec<f64> {
        let Some(answer) = self.get("query", &[("query", query)]).await else { return Vec::new() };
        assert_eq!(answer["status"], "success", "{query}: {answer}, {}", self.directory.path().display());
        let series = answer["data"]["result"].as_array().cloned().unwrap_or_default();
        series.iter().filter_map(|series| series["value"][1].as_str()?.parse().ok()).collect()
    }

    /// The alerts it has, with their state of health.
    pub(super) async fn rules(&self) -> Vec<Value> {
        let answer = self.get("rules", &[]).await.expect("Prometheus answers");
        answer["data"]["groups"][0]["rules"].as_array().cloned().unwrap_or_default()
    }

    async fn get(&self, what: &str, parameters: &[(&str, &str)]) -> Option<Value> {
        let url = Url::parse_with_params(&format!("http://{}/api/v1/{what}", self.address), parameters);
        self.client.get(url.expect("an address of ours")).send().await.ok()?.json().await.ok()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test starts the peers it needs")]
fn daemon(program: &Path, directory: &Path) -> Command {
    let log = || File::options().create(true).append(true).open(directory.join("log")).expect("a log can be written");
    let mut command = Command::new(program);
    command.current_dir(directory).stdin(Stdio::null()).stdout(log()).stderr(log()).kill_on_drop(true);
    command
}

#[expect(clippy::disallowed_methods, reason = "a test is another program than the gateway")]
fn client() -> Client {
    Client::builder().no_proxy().build().expect("a client can be built")
}
