//! `spanner audit …`

use clap::Subcommand;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use gogs_spanner_cli::{When, line, when};

use super::{Common, Failure, Output};
use crate::{
    clock::{Clock, SystemClock},
    journal::{AuditLine, Outcome, Search},
};

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Show the newest records, and each new one as it comes.
    #[command(after_help = "Example:\n  spanner audit tail --agent ci-web --outcome refuse")]
    Tail {
        #[command(flatten)]
        filter: Filter,
        /// How many earlier records to begin with.
        #[arg(long, short = 'n', default_value_t = 20)]
        lines: u32,
    },
    /// Find records; with `--json` one object a line.
    #[command(after_help = "Example:\n  spanner audit search --repository acme/web --since 24h --json")]
    Search {
        #[command(flatten)]
        filter: Filter,
        /// At most so many, the newest.
        #[arg(long, default_value_t = 1000)]
        limit: u32,
    },
}

/// What records must say; each that is left out may be anything.
#[derive(Debug, clap::Args)]
pub(super) struct Filter {
    /// Who.
    #[arg(long)]
    agent: Option<String>,
    /// Where.
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,
    /// What.
    #[arg(long)]
    action: Option<String>,
    /// How it ended: permit, refuse or unknown.
    #[arg(long)]
    outcome: Option<Outcome>,
    /// Why it was refused.
    #[arg(long)]
    reason: Option<String>,
    /// Which request.
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// From then on: an instant, or how long ago, `24h`.
    #[arg(long, value_parser = when)]
    since: Option<When>,
    /// Up to then.
    #[arg(long, value_parser = when)]
    until: Option<When>,
}

impl Audit {
    pub(super) async fn run(self, common: &Common, output: Output) -> Result<(), Failure> {
        let (path, search) = match self {
            Self::Tail { filter, lines } => ("/audit/follow", filter.search(lines)),
            Self::Search { filter, limit } => ("/audit", filter.search(limit)),
        };
        let path = format!("{path}?{}", query(&search));
        common.gateway()?.lines(&path, |bytes| print(bytes, output)).await
    }
}

impl Filter {
    fn search(self, limit: u32) -> Search {
        let now = SystemClock.now();
        Search {
            agent: self.agent,
            action: self.action,
            repository: self.repository.map(|name| name.to_ascii_lowercase()),
            outcome: self.outcome,
            reason: self.reason,
            request: self.request,
            since: self.since.map(|when| when.before(now)),
            until: self.until.map(|when| when.before(now)),
            after_seq: None,
            limit: Some(limit),
        }
    }
}

/// The search as a query string: the members as they are named in JSON.
fn query(search: &Search) -> String {
    let Ok(Value::Object(members)) = serde_json::to_value(search) else { return String::new() };
    let mut query = Serializer::new(String::new());
    for (member, value) in members {
        match value {
            Value::Null => {}
            Value::String(text) => drop(query.append_pair(&member, &text)),
            other => drop(query.append_pair(&member, &other.to_string())),
        }
    }
    query.finish()
}

fn print(bytes: &[u8], output: Output) -> Result<(), Failure> {
    if output.is_json() {
        return line(String::from_utf8_lossy(bytes));
    }
    let record: AuditLine = serde_json::from_slice(bytes)
        .map_err(|_| Failure::failed("a record cannot be read", "use the `spanner` of the gateway's own version"))?;
    line(describe(&record))
}

fn describe(record: &AuditLine) -> String {
    let who = record.agent.as_deref().or(record.on_behalf_of.as_deref()).unwrap_or("-");
    let mut text = format!(
        "{:>6}  {:.0}  {:<7} {who}  {}  {}",
        record.seq, record.time, record.outcome, record.action, record.repository
    );
    let rest = [&record.reference, &record.reason, &record.result];
    for part in rest.into_iter().flatten() {
        text.push_str("  ");
        text.push_str(part);
    }
    if !record.paths.is_empty() {
        text.push_str("  ");
        text.push_str(&record.paths.join(" "));
    }
    text
}
