//! A gateway to try an example on: `spanner demo`, started for as long as a program runs.
//!
//! It brings a forge and an identity provider, shows the main job, and then says in one line of JSON where it is and what
//! to prove oneself with. `SPANNER` names the binary; without it, it is built.

use std::{
    env, io,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use gogs_spanner_sdk::{Builder, Session};
use serde::Deserialize;

/// A running demonstration. It ends, and removes what it made, when this is dropped.
#[derive(Debug)]
pub struct Demonstration {
    process: Child,
    ready: Ready,
    _steps: BufReader<ChildStdout>,
}

/// Where it is, and as whom to come.
#[derive(Debug, Deserialize)]
struct Ready {
    url: String,
    agent: String,
    key_file: PathBuf,
    repositories: Vec<String>,
}

/// A line of the demonstration: a step, or the last one.
#[derive(Deserialize)]
struct Line {
    ready: Option<Ready>,
}

impl Demonstration {
    /// Starts it, and waits until it is ready.
    pub fn start() -> io::Result<Self> {
        let mut process = command().args(["demo", "--json"]).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut steps = BufReader::new(process.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        let mut line = String::new();
        while steps.read_line(&mut line)? > 0 {
            if let Ok(Line { ready: Some(ready) }) = serde_json::from_str(&line) {
                return Ok(Self { process, ready, _steps: steps });
            }
            line.clear();
        }
        let ended = process.wait()?;
        Err(io::Error::other(format!("the demonstration ended with {ended} before it was ready")))
    }

    /// A session of the agent it knows: `docs-writer`, with a key.
    pub fn session(&self) -> Builder {
        Session::builder().url(&self.ready.url).agent(&self.ready.agent).key_file(&self.ready.key_file)
    }

    /// The repositories the agent has rights in. The first has an issue, number 1.
    pub fn repositories(&self) -> &[String] {
        &self.ready.repositories
    }
}

impl Drop for Demonstration {
    #[expect(clippy::disallowed_methods, reason = "signals are sent with the program that is there for it")]
    fn drop(&mut self) {
        let id = self.process.id().to_string();
        if Command::new("kill").args(["-TERM", &id]).status().is_ok_and(|status| status.success()) {
            drop(self.process.wait());
        }
    }
}

/// `spanner`: the binary that is named, or the one cargo builds.
#[expect(clippy::disallowed_methods, reason = "an example runs the program that is there for it")]
fn command() -> Command {
    if let Some(spanner) = env::var_os("SPANNER") {
        return Command::new(spanner);
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "--quiet", "--release", "--manifest-path"]).arg(workspace).arg("--");
    cargo
}
