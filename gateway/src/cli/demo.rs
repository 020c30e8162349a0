//! `spanner demo`

use std::path::PathBuf;

use url::Url;

use super::{Failure, output::line};
use crate::demo::{self, Options, Trouble};

/// Walk through the main job with the real gateway, on a forge and an identity provider that stand in for yours.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  spanner demo --once")]
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
    #[arg(long)]
    yes: bool,
}

impl Demo {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Self { once, upstream, admin_token_file, yes } = self;
        demo::run(Options { once, upstream: upstream.zip(admin_token_file), yes }).await?;
        if once { line("\nevery step did what it should") } else { Ok(()) }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Config(error) => Self::Config(error),
            Trouble::Start(error) => error.into(),
            Trouble::NotAgreed => Self::failed(&trouble, "answer y, or say --yes"),
            trouble => Self::failed(format!("the show broke off: {trouble}"), "it needs git on the PATH, and loopback"),
        }
    }
}
