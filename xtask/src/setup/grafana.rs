//! Grafana's own types of a dashboard, and the compiler that holds a dashboard against them, from npm.

use std::{fs, path::Path};

use crate::step::{self, Failure, Outcome};

/// What npm installs, exactly these versions.
const MANIFEST: &str = r#"{
  "private": true,
  "type": "module",
  "dependencies": { "@grafana/schema": "13.2.3", "typescript": "7.0.2" }
}
"#;

/// Installs them below `target`, unless these very ones are there. The tests know them as `grafana`.
pub(super) fn install(target: &Path) -> Outcome {
    let directory = target.join("grafana");
    let manifest = directory.join("package.json");
    let installed = directory.join("node_modules/.package-lock.json");
    if installed.is_file() && fs::read_to_string(&manifest).is_ok_and(|text| text == MANIFEST) {
        return Ok(());
    }
    let written = fs::create_dir_all(&directory).and_then(|()| fs::write(&manifest, MANIFEST));
    written.map_err(|error| Failure::Broken(format!("the directory of Grafana's types: {error}")))?;
    let mut npm = step::command("npm");
    npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(directory);
    step::run(npm)
}
