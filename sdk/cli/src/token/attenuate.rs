//! `spanner token attenuate`

use std::net::IpAddr;

use gogs_spanner_capability::{
    Action, RefName, RepositoryName,
    token::{Narrowing, attenuate, inspect},
};
use gogs_spanner_sdk::{Clock as _, SystemClock};
use serde_json::json;

use super::read_token;
use crate::{Failure, Output, When, when};

/// How to narrow. What is left out narrows nothing; nothing can be widened.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  spanner token get | spanner token attenuate --repository acme/web --action contents:read --expires 5m"
)]
pub struct Attenuate {
    /// Until when: an instant, or from now, `5m`.
    #[arg(long, value_parser = when)]
    expires: Option<When>,
    /// Only these actions.
    #[arg(long = "action", value_name = "ACTION")]
    actions: Vec<Action>,
    /// Only these repositories.
    #[arg(long = "repository", value_name = "OWNER/NAME")]
    repositories: Vec<RepositoryName>,
    /// Only an owner's repositories, `acme/`.
    #[arg(long, value_name = "PREFIX")]
    repositories_under: Option<String>,
    /// Only these refs.
    #[arg(long = "ref", value_name = "REF")]
    refs: Vec<RefName>,
    /// Only refs below this, `refs/heads/agents/`.
    #[arg(long, value_name = "PREFIX")]
    refs_under: Option<String>,
    /// Only paths below this, `docs/`.
    #[arg(long, value_name = "PREFIX")]
    paths_under: Option<String>,
    /// What stays allowed without a ref or path beside limits on those; reading unless given.
    #[arg(long = "besides", value_name = "ACTION")]
    besides: Vec<Action>,
    /// Only from these addresses.
    #[arg(long = "client", value_name = "ADDRESS")]
    clients: Vec<IpAddr>,
    /// Whom the narrowed token is for, shown as your claim.
    #[arg(long, value_name = "NAME")]
    delegate: Option<String>,
}

impl Attenuate {
    pub(super) fn run(self, output: Output) -> Result<(), Failure> {
        let token = read_token()?;
        let narrowed = attenuate(&token, &self.narrowing())
            .map_err(|error| Failure::usage(error, "see `spanner token attenuate --help`"))?;
        let expires = inspect(&narrowed).map(|inspection| inspection.expires).ok();
        output.say(narrowed.expose(), &json!({ "token": narrowed.expose(), "expires": expires }))
    }

    fn narrowing(self) -> Narrowing {
        let mut narrowing = Narrowing::new();
        if let Some(when) = self.expires {
            narrowing = narrowing.expires(when.after(SystemClock.now()));
        }
        if !self.actions.is_empty() {
            narrowing = narrowing.actions(self.actions);
        }
        if !self.repositories.is_empty() {
            narrowing = narrowing.repositories(self.repositories);
        }
        if let Some(prefix) = self.repositories_under {
            narrowing = narrowing.repositories_under(prefix);
        }
        if !self.refs.is_empty() {
            narrowing = narrowing.refs(self.refs);
        }
        if let Some(prefix) = self.refs_under {
            narrowing = narrowing.refs_under(prefix);
        }
        if let Some(prefix) = self.paths_under {
            narrowing = narrowing.paths_under(prefix);
        }
        if !self.besides.is_empty() {
            narrowing = narrowing.besides(self.besides);
        }
        if !self.clients.is_empty() {
            narrowing = narrowing.clients(self.clients);
        }
        match self.delegate {
            Some(name) => narrowing.delegate(name),
            None => narrowing,
        }
    }
}
