//! `spanner config …`

use clap::Subcommand;
use serde_json::json;

use gogs_spanner_cli::line;

use super::{Common, Failure, Output};
use crate::{authorize::policy::Policy, config::reference};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Check a configuration without starting anything.
    #[command(after_help = "Example:\n  spanner config check --config /etc/spanner/spanner.toml")]
    Check,
    /// Print the JSON Schema of a configuration, for editors.
    #[command(after_help = "Example:\n  spanner config schema > spanner.schema.json")]
    Schema,
    /// Print what can be configured, as Markdown.
    #[command(after_help = "Example:\n  spanner config reference | less")]
    Reference,
}

impl ConfigCommand {
    pub(super) fn run(&self, common: &Common, output: Output) -> Result<(), Failure> {
        match self {
            Self::Check => check(common, output),
            Self::Schema => line(format!("{:#}", reference::schema())),
            Self::Reference => line(reference::markdown().trim_end()),
        }
    }
}

/// Loads the file as `serve` would; also `spanner policy check`.
pub(super) fn check(common: &Common, output: Output) -> Result<(), Failure> {
    let config = common.load()?;
    let agents = Policy::compile(&config)?.agents().count();
    let file = config.source.file();
    let text = format!(
        "{} is good (agents: {agents}, roles: {}, issuers: {})",
        file.display(),
        config.roles.len(),
        config.issuers.len()
    );
    output.say(
        text,
        &json!({ "file": file, "agents": agents, "roles": config.roles.len(), "issuers": config.issuers.len() }),
    )
}
