//! The fuzz targets of `gateway/fuzz`: built with coverage instrumentation, each run for minutes.

use std::{fs, io, path::Path, process::Command};

use crate::{
    step::{self, Failure, Outcome, cargo},
    verify,
};

/// The version fuzzing is pinned to.
const CARGO_FUZZ: &str = "0.13.2";
/// How long each target runs: coverage of parsers this small grows little after some minutes. Whoever has a night sets
/// `FUZZ_SECONDS`.
const SECONDS: u32 = 180;
/// One input that takes longer is a finding: the slowest has a bound of a second of its own.
const INPUT_SECONDS: u32 = 10;
/// More memory is a finding: no reader keeps more than some MiB of what it is given.
const MEBIBYTES: u32 = 1024;
/// The longest input that is tried: a full-size token, or a list of a hundred commands.
const BYTES: u32 = 8192;

/// Runs every target there are seeds of.
pub(crate) fn run() -> Outcome {
    verify::installed("cargo-fuzz", CARGO_FUZZ)?;
    let here = step::root().join("gateway/fuzz");
    // What is fuzzed is what is shipped: the same versions of everything.
    fs::copy(step::root().join("Cargo.lock"), here.join("Cargo.lock")).map_err(|error| broken(&here, &error))?;
    for target in targets()? {
        let corpus = here.join("corpus").join(&target);
        fs::create_dir_all(&corpus).map_err(|error| broken(&corpus, &error))?;
        step::run(fuzz(&target))?;
    }
    Ok(())
}

fn targets() -> Result<Vec<String>, Failure> {
    let seeds = step::root().join("gateway/fuzz/seeds");
    let entries = fs::read_dir(&seeds).map_err(|error| broken(&seeds, &error))?;
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn broken(path: &Path, error: &io::Error) -> Failure {
    Failure::Broken(format!("{}: {error}", path.display()))
}

/// What is found is kept in `corpus`, beside the seeds and not checked in. No sanitizer: there is no `unsafe` in what is
/// fuzzed, and without one it runs twice as fast.
fn fuzz(target: &str) -> Command {
    let mut command = cargo(["fuzz", "run", "--sanitizer", "none", target]);
    let (corpus, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/seeds/{target}"));
    command.current_dir(step::root().join("gateway")).args([corpus, seeds]).arg("--");
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    command.args([format!("-max_total_time={seconds}"), format!("-timeout={INPUT_SECONDS}")]);
    command.args([format!("-rss_limit_mb={MEBIBYTES}"), format!("-max_len={BYTES}")]);
    // Instrumentation is a flag of the nightly compiler; this has the stable one take it.
    command.env("RUSTC_BOOTSTRAP", "1");
    command
}
