//! A real Collector, built from Go modules by the Collector's own builder: Debian has none.

use std::{fs, io, path::Path, process::Command};

use crate::step::{self, Failure, Outcome};

/// What is built; every module at one version, which the builder's must equal.
const MANIFEST: &str = include_str!("collector.yaml");
const BUILDER: &str = "go.opentelemetry.io/collector/cmd/builder@v0.155.0";

/// Builds it below `target`, unless this very one is there. The tests know it as `otelcol/otelcol`.
pub(super) fn build(target: &Path) -> Outcome {
    let directory = target.join("otelcol");
    let (manifest, built) = (directory.join("manifest.yaml"), directory.join("otelcol"));
    if built.is_file() && fs::read_to_string(&manifest).is_ok_and(|text| text == MANIFEST) {
        return Ok(());
    }
    // What is there was made from another manifest, and would pass for this one if making it anew failed.
    drop(fs::remove_file(&built));
    println!("    building an OpenTelemetry Collector, once; it takes some minutes");
    wrote(fs::create_dir_all(&directory).and_then(|()| fs::write(&manifest, MANIFEST)))?;
    compile(&directory)?;
    wrote(fs::rename(directory.join("build/otelcol"), &built))
}

fn compile(directory: &Path) -> Outcome {
    let sources = directory.join("build");
    let mut install = go(directory, &["install", BUILDER]);
    install.env("GOBIN", directory);
    step::run(install)?;
    let mut generate = quiet(step::command(directory.join("builder")));
    generate.args(["--config", "manifest.yaml", "--skip-compilation"]).current_dir(directory);
    // It stops at a dependency of one module's own tests, which not every proxy has, when the sources stand already;
    // `tidy -e` steps over it.
    if step::run(generate).is_err() && !sources.join("main.go").is_file() {
        return Err(Failure::Broken("the Collector's builder made no sources".to_owned()));
    }
    step::run(quiet(go(&sources, &["mod", "tidy", "-e"])))?;
    let mut compile = go(&sources, &["build", "-trimpath", "-ldflags=-s -w", "-o", "otelcol", "."]);
    compile.env("CGO_ENABLED", "0");
    step::run(compile)
}

fn go(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = step::command("go");
    command.args(arguments).current_dir(directory);
    command
}

/// Without what it says while it downloads.
fn quiet(mut command: Command) -> Command {
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    command
}

fn wrote(result: io::Result<()>) -> Outcome {
    result.map_err(|error| Failure::Broken(format!("the Collector's directory: {error}")))
}
