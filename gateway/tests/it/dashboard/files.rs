//! Each file against the tool it is for, and against the table of instruments.

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Output},
};

use gogs_spanner::telemetry::instruments::table::{label, metric};
use tempfile::TempDir;

use super::{
    dashboard, drawn, example, made, panels,
    query::{Selector, grouped},
    text,
};

/// The type is Grafana's own; JSON has no enums, their values stand for them.
const TYPED: &str = r#"import type { Dashboard } from "@grafana/schema";
type Plain<T> = T extends string ? `${T}`
    : T extends readonly (infer U)[] ? Plain<U>[]
    : T extends object ? { [K in keyof T]: Plain<T[K]> }
    : T;
export const dashboard: Plain<Dashboard> = "#;

#[expect(clippy::disallowed_methods, reason = "the files are for other programs")]
fn run(directory: &Path, program: &Path, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).current_dir(directory).output().expect("the program starts")
}

#[track_caller]
fn promtool(arguments: &[&str]) {
    let output = run(&example(""), "promtool".as_ref(), arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

/// What Grafana's types find wrong with a dashboard.
fn faults(json: &str) -> String {
    let types = made("grafana");
    let directory = TempDir::new_in(&types).expect("a directory can be made");
    std::fs::write(directory.path().join("dashboard.ts"), format!("{TYPED}{json}")).expect("a file can be written");
    let options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext"];
    let files = ["--moduleResolution", "bundler", "dashboard.ts"];
    let output = run(directory.path(), &types.join("node_modules/.bin/tsc"), &[&options[..], &files[..]].concat());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.success(), said.is_empty(), "{output:?}");
    said
}

/// The words after each `word` in the rules, or in their tests.
fn after(file: &str, word: &str) -> BTreeSet<String> {
    let text = text(file);
    let names = text.split(word).skip(1);
    names.map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect()).collect()
}

#[test]
fn every_query_asks_for_what_the_table_of_instruments_has() {
    let rules = text("rules.yml");
    let panels = panels();
    let queries = panels.iter().map(|panel| panel.expression.as_str()).chain(rules.split("- alert:"));
    let (mut metrics, mut labels) = (BTreeSet::new(), BTreeSet::new());
    for query in queries {
        let selectors = Selector::of(query);
        let offered: BTreeSet<_> = selectors.iter().flat_map(Selector::offered).map(str::to_owned).collect();
        for selector in &selectors {
            let row = selector.row().unwrap_or_else(|| panic!("{} is in no row of the table", selector.name));
            metrics.insert(row.name);
            for asked in selector.labels() {
                assert!(selector.offered().contains(&asked.as_str()), "{} has no label {asked}", selector.name);
                labels.insert(asked);
            }
        }
        let grouped = grouped(query);
        assert!(grouped.iter().all(|label| offered.contains(label)), "{grouped:?} of {offered:?} in {query}");
        labels.extend(grouped);
    }
    let told: BTreeSet<_> = metric::ALL.iter().map(|row| row.name).collect();
    assert_eq!(metrics, told, "every metric is shown, or watched");
    labels.remove("le");
    assert_eq!(labels, label::ALL.iter().map(|row| row.name.to_owned()).collect(), "and every label");
}

#[test]
fn every_panel_has_a_query_a_unit_and_says_what_it_shows() {
    let dashboard = dashboard();
    let variables = dashboard["templating"]["list"].as_array().expect("variables");
    let names: Vec<_> = variables.iter().map(|variable| variable["name"].as_str().unwrap_or_default()).collect();
    assert_eq!(names, ["datasource", "agent", "reason"]);
    let mut ids = BTreeSet::new();
    for panel in drawn(&dashboard) {
        let title = panel["title"].as_str().expect("a title");
        assert!(ids.insert(panel["id"].as_u64()), "{title} has the id of another");
        assert!(!panel["targets"].as_array().expect("targets").is_empty(), "{title}");
        assert!(panel["description"].as_str().is_some_and(|text| text.len() > 30), "{title}");
        assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{title}");
        assert!(panel["fieldConfig"]["defaults"]["thresholds"]["steps"].is_array(), "{title}");
    }
    for panel in panels() {
        let shown = panel.legend.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(label, _)| label);
        for label in shown {
            assert!(grouped(&panel.expression).iter().any(|kept| kept == label), "{}: {label}", panel.title);
        }
    }
}

#[test]
fn grafanas_own_types_hold_the_dashboard() {
    let good = text("dashboard.json");
    assert_eq!(faults(&good), "");
    let broken = [
        (r#""refresh": "30s""#, r#""refresh": 30"#),
        (r#""mode": "absolute""#, r#""mode": "absolutely""#),
        (r#""description": "Effects"#, r#""descriptoin": "Effects"#),
    ];
    for (right, wrong) in broken {
        assert!(!faults(&good.replacen(right, wrong, 1)).is_empty(), "{wrong} passes");
    }
}

#[test]
fn promtool_takes_the_configuration_and_the_rules_and_fires_every_alert() {
    promtool(&["check", "config", "prometheus.yml"]);
    promtool(&["check", "rules", "rules.yml"]);
    promtool(&["test", "rules", "rules.test.yml"]);
    let fired = after("rules.test.yml", "alertname: ");
    assert_eq!(after("rules.yml", "- alert: "), fired);
    // A list that is not empty stands on lines of its own.
    assert!(text("rules.test.yml").matches("exp_alerts:\n").count() >= fired.len());
}

#[test]
fn every_alert_says_what_is_wrong_and_where_it_stands_what_to_do() {
    let (rules, readme) = (text("rules.yml"), text("README.md"));
    let alerts: Vec<_> = rules.split("- alert: ").skip(1).collect();
    assert_eq!(alerts.len(), 9);
    for alert in alerts {
        let name = alert.lines().next().expect("a name");
        for annotation in ["severity:", "summary:", "description:"] {
            assert!(alert.contains(annotation), "{name} has no {annotation}");
        }
        assert!(alert.contains(&format!("examples/otel/README.md#{}\n", name.to_lowercase())), "{name}");
        assert!(readme.contains(&format!("### {name}\n")), "{name} is not in the README");
    }
}

#[test]
fn the_collector_takes_its_configuration() {
    let (collector, file) = (made("otelcol/otelcol"), example("collector.yaml"));
    let output = run(&example(""), &collector, &["validate", "--config", file.to_str().expect("a path of ours")]);
    assert!(output.status.success(), "{output:?}");
}
