//! `spanner token get`

use std::path::PathBuf;

use clap::ValueEnum;
use gogs_spanner_capability::{Action, PathPattern, Pattern, Patterns, RefPattern, RepositoryPattern, Request};
use gogs_spanner_sdk::{Error, Session, Token};
use jiff::SignedDuration;
use serde_json::json;

use crate::{Failure, Output, duration, failure::failure, line};

/// Finds the proof at hand (arguments, `GOGS_SPANNER_*`, else what the platform offers, else the sign-in of a person), asks
/// the gateway and prints the token only.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  spanner token get --repository acme/web --action contents:read --lifetime 5m --format git"
)]
pub struct Get {
    /// The gateway: its public url. Else `GOGS_SPANNER_URL`.
    #[arg(long)]
    url: Option<String>,
    /// The agent. Else `GOGS_SPANNER_AGENT`.
    #[arg(long)]
    agent: Option<String>,
    /// The agent's private key. Else `GOGS_SPANNER_KEY_FILE`.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// A file with a JWT of an issuer. Else `GOGS_SPANNER_ASSERTION_FILE`.
    #[arg(long, value_name = "FILE")]
    assertion_file: Option<PathBuf>,
    /// Only these actions.
    #[arg(long = "action", value_name = "ACTION")]
    actions: Vec<Action>,
    /// Only these repositories.
    #[arg(long = "repository", value_name = "PATTERN")]
    repositories: Vec<RepositoryPattern>,
    /// Only these refs.
    #[arg(long = "ref", value_name = "PATTERN")]
    refs: Vec<RefPattern>,
    /// Only these paths.
    #[arg(long = "path", value_name = "PATTERN")]
    paths: Vec<PathPattern>,
    /// How long it lives at most, `5m`.
    #[arg(long, value_parser = duration)]
    lifetime: Option<SignedDuration>,
    /// What to print.
    #[arg(long, value_enum, default_value = "token")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The token.
    Token,
    /// The token and when it ends.
    Json,
    /// What git reads from a credential helper.
    Git,
}

impl Get {
    pub(super) async fn run(self, output: Output) -> Result<(), Failure> {
        let format = if output.is_json() { Format::Json } else { self.format };
        let session = self.session().await.map_err(failure)?;
        let token = session.token().await.map_err(failure)?;
        line(format.print(&token))
    }

    async fn session(self) -> Result<Session, Error> {
        let less = self.less();
        let mut builder = Session::builder();
        if let Some(url) = self.url {
            builder = builder.url(url);
        }
        if let Some(agent) = self.agent {
            builder = builder.agent(agent);
        }
        if let Some(file) = self.key_file {
            builder = builder.key_file(file);
        }
        if let Some(file) = self.assertion_file {
            builder = builder.assertion_file(file);
        }
        if let Some(lifetime) = self.lifetime {
            builder = builder.lifetime(lifetime);
        }
        if less != Request::default() {
            builder = builder.less(less);
        }
        builder.discover().await
    }

    fn less(&self) -> Request {
        Request {
            actions: (!self.actions.is_empty()).then(|| self.actions.iter().copied().collect()),
            repositories: some(&self.repositories),
            refs: some(&self.refs),
            paths: some(&self.paths),
        }
    }
}

fn some<P: Pattern>(patterns: &[P]) -> Option<Patterns<P>> {
    Patterns::new(patterns.iter().cloned()).ok()
}

impl Format {
    fn print(self, token: &Token) -> String {
        match self {
            Self::Token => token.expose().to_owned(),
            Self::Json => json!({ "token": token.expose(), "expires": token.expires() }).to_string(),
            // git-credential(1): the user name is not looked at, the expiry keeps git from using it too long.
            Self::Git => format!(
                "username=spanner\npassword={}\npassword_expiry_utc={}",
                token.expose(),
                token.expires().as_second()
            ),
        }
    }
}
