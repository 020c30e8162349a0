//! What the gateway wrote down, asked for as an operator asks: `spanner audit search --json`.

use std::{collections::BTreeMap, io, path::PathBuf};

use serde::Deserialize;
use tokio::process::Command;

/// How to ask: the program, and the configuration of the gateway it is to ask.
#[derive(Debug, Clone)]
pub struct Journal {
    /// The program `spanner`.
    pub spanner: PathBuf,
    /// The running gateway's `spanner.toml`.
    pub config: PathBuf,
}

/// One line of it, as far as it matters here.
#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    /// The W3C trace id of the request.
    pub trace_id: Option<String>,
    /// The request.
    pub request_id: String,
    /// The repository it was about.
    pub repository: String,
    /// What came of it.
    pub result: Option<String>,
    /// `unknown` where nobody wrote what came of it: then it may have been forwarded, or not.
    pub outcome: String,
}

impl Line {
    /// Whether the request was forwarded for certain. One that was broken off may have been so before its head had left.
    pub fn is_certain(&self) -> bool {
        self.outcome == "permit" && !self.result.as_deref().is_some_and(|result| result.starts_with(BROKEN_OFF))
    }
}

/// How what was forwarded ended: with an outcome, or without one.
const FORWARDED: [&str; 2] = ["permit", "unknown"];
/// What a permit ends with whose body did not hold what it had to.
const BROKEN_OFF: &str = "broken off:";
/// What a permit ends with whose request never left the gateway.
const NOT_FORWARDED: &str = "not forwarded:";

impl Journal {
    /// The requests that stand in the journal as forwarded, by their trace id: request id and repository.
    ///
    /// # Errors
    /// The program cannot be run, or the gateway does not answer it.
    pub async fn forwarded(&self) -> io::Result<BTreeMap<String, Vec<Line>>> {
        let mut requests = BTreeMap::<String, Vec<Line>>::new();
        for outcome in FORWARDED {
            for line in self.search(outcome).await? {
                let left = !line.result.as_deref().is_some_and(|result| result.starts_with(NOT_FORWARDED));
                let Some(trace) = line.trace_id.clone().filter(|_| left) else { continue };
                let lines = requests.entry(trace).or_default();
                // A push has a line for each of its refs.
                if !lines.iter().any(|known| known.request_id == line.request_id) {
                    lines.push(line);
                }
            }
        }
        Ok(requests)
    }

    #[expect(clippy::disallowed_methods, reason = "an operator starts the program")]
    async fn search(&self, outcome: &str) -> io::Result<Vec<Line>> {
        let mut command = Command::new(&self.spanner);
        command.arg("--config").arg(&self.config).args(["audit", "search", "--json", "--outcome", outcome]);
        let output = command.output().await?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let lines = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).map_err(io::Error::from)).collect()
    }
}
