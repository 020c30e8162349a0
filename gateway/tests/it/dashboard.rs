//! `examples/otel`: what its files say is so, and is there to be seen.
//!
//! [`files`] holds them against the table of instruments and the tools they are for; [`live`] starts a real Collector and a
//! real Prometheus before a gateway and looks for every panel and every alert; [`traces`] reads a push back.

mod files;
mod live;
mod parts;
mod query;
mod traces;

use std::path::{Path, PathBuf};

use serde_json::Value;

/// One panel's query.
struct Panel {
    title: String,
    expression: String,
    legend: String,
}

/// A file of the example.
fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/otel").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(example(name)).expect("a file of the example")
}

/// What `cargo xtask setup` makes for the tests, in cargo's target directory.
fn made(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a directory in target");
    let path = target.join(name);
    assert!(path.exists(), "{} is not there: `cargo xtask setup` makes it", path.display());
    path
}

fn dashboard() -> Value {
    serde_json::from_str(&text("dashboard.json")).expect("the dashboard is JSON")
}

/// Every panel but the headings.
fn drawn(dashboard: &Value) -> Vec<&Value> {
    let panels = dashboard["panels"].as_array().expect("panels");
    panels.iter().filter(|panel| panel["type"] != "row").collect()
}

fn panels() -> Vec<Panel> {
    let dashboard = dashboard();
    let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let queries = |panel: &Value| {
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        let query = |target: &Value| Panel {
            title: said(&panel["title"]),
            expression: said(&target["expr"]),
            legend: said(&target["legendFormat"]),
        };
        targets.iter().map(query).collect::<Vec<_>>()
    };
    drawn(&dashboard).into_iter().flat_map(queries).collect()
}
