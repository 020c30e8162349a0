//! `spanner demo`

use std::{path::PathBuf, sync::Arc};

use url::Url;

use super::{Failure, Output};
use crate::{
    clock::SystemClock,
    config::telemetry::Telemetry,
    demo::{self, DemoError, Live, LiveError, Show},
    telemetry,
};

/// Walk through the main job with the real gateway, on a forge and an identity provider that stand in for yours.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  spanner demo --once\n  spanner demo --upstream https://git.example.com --admin-token-file gogs-admin-token"
)]
pub(super) struct Demo {
    /// End after the walk; 0 only if every step did what it should.
    #[arg(long)]
    once: bool,
    /// Play on a live Gogs, in a repository and an account made for it and removed at the end.
    #[arg(long, value_name = "URL", requires = "admin_token_file")]
    upstream: Option<Url>,
    /// A file with an administrator's token of that Gogs.
    #[arg(long, value_name = "FILE", requires = "upstream")]
    admin_token_file: Option<PathBuf>,
    /// Do not ask before anything is made there.
    #[arg(long, requires = "upstream")]
    yes: bool,
}

impl Demo {
    pub(super) async fn run(self, output: Output) -> Result<(), Failure> {
        let yes = self.yes;
        let live = self.upstream.zip(self.admin_token_file).map(|(url, admin_token)| Live { url, admin_token, yes });
        let show = Show { live, once: self.once, json: output.is_json() };
        let telemetry = telemetry::export(&Telemetry::default());
        let shown = demo::run(show, Arc::new(SystemClock)).await;
        telemetry.shut_down().await;
        Ok(shown?)
    }
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        let hint = match error {
            DemoError::Start(error) => return error.into(),
            DemoError::Live(LiveError::Declined | LiveError::NobodyToAsk) => "answer yes, or say --yes",
            DemoError::Live(_) => "check --upstream and --admin-token-file",
            DemoError::Step(_) => "what was expected stands with the step",
            DemoError::Interrupted => "what was made has been removed; run it again",
            DemoError::StandIn(_) | DemoError::Io(_) => {
                "it needs git on the PATH, loopback, and room for temporary files"
            }
        };
        Self::failed(format!("the show broke off: {error}"), hint)
    }
}
