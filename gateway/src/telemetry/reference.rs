//! `docs/reference/telemetry.md`, generated from the table.

use std::{env, fmt::Write as _, fs, path::Path};

use super::instruments::table::{attribute, label, metric, span};

const PREAMBLE: &str = "\
# Telemetry

Generated from `gateway/src/telemetry/instruments/table.rs`; `UPDATE=1 cargo test -p gogs-spanner reference` writes it anew.

Over OTLP go spans, metrics and the log; standard error gets the log alone; a Prometheus may read the metrics from `/metrics`
of the private listener (`[operate] address`) instead. Telemetry is not audit: it is bounded, and a collector that is slow or
gone loses some of it and slows nothing. The journal is what counts (`spanner audit`).

[`examples/otel`](../../examples/otel/README.md) has a collector, a Prometheus with alerts, and a dashboard for all of it.

The trace id of a caller's `traceparent` is kept and passed on to the forge; its sampling flag is not kept. Where the caller
names no trace, the gateway begins one, whether anybody collects or not: the journal's `trace_id` is the one that is exported.
Every decision is one log event of the target `gogs_spanner::decision`, with the attributes of its span.
";

/// A table of Markdown.
fn table<const N: usize>(title: &str, head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut text = format!("\n## {title}\n\n| {} |\n|{}\n", head.join(" | "), "---|".repeat(N));
    for row in rows {
        writeln!(text, "| {} |", row.join(" | ")).expect("a String takes everything");
    }
    text
}

fn reference() -> String {
    let code = |text: &str| format!("`{text}`");
    let attributes = |rows: &'static [super::instruments::table::Attribute]| {
        rows.iter().map(move |row| [code(row.name), row.meaning.to_owned()])
    };
    let spans = span::ALL.iter().map(|row| [code(row.name), row.meaning.to_owned()]);
    let metrics = metric::ALL.iter().map(|row| {
        let labels: Vec<_> = row.labels.iter().copied().map(code).collect();
        let names = [row.name.to_owned(), row.in_prometheus()].map(|name| code(&name));
        let [name, in_prometheus] = names;
        [name, in_prometheus, row.kind.to_owned(), code(row.unit), labels.join(" "), row.meaning.to_owned()]
    });
    let mut text = PREAMBLE.to_owned();
    text += &table("Spans", ["span", "covers"], spans);
    text += &table("Attributes of spans and decisions", ["attribute", "says"], attributes(attribute::ALL));
    text += &table("Metrics", ["metric", "in Prometheus", "instrument", "unit", "labels", "measures"], metrics);
    text += "\nIn Prometheus a histogram is three: the name with `_bucket`, `_sum` and `_count`.\n";
    text += &table("Labels of metrics", ["label", "says"], attributes(label::ALL));
    text
}

#[test]
fn the_reference_says_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/telemetry.md");
    if env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().expect("it is in a directory")).expect("docs/reference can be made");
        fs::write(&path, reference()).expect("the reference can be written");
    }
    let written = fs::read_to_string(&path).expect("docs/reference/telemetry.md is there");
    assert_eq!(written, reference(), "run it with UPDATE=1");
}
