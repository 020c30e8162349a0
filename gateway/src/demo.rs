//! The show: the main job, step by step, with the real gateway and real git, on a forge and an identity provider that
//! stand in for yours, or on your own Gogs.
//!
//! Every step looks at its own result; one that did not do what it should ends the walk.

mod forge;
mod live;
mod stage;
mod tell;
mod walk;

use std::path::PathBuf;

use thiserror::Error;
use url::Url;

use self::{forge::Forge, stage::Stage, walk::Walk};
use crate::{cli::NewKey, config::ConfigError, process::ProcessError, serve::StartError, store::StoreError};

/// What the show is to be.
#[derive(Debug)]
pub struct Options {
    /// End after the walk.
    pub once: bool,
    /// A live Gogs, and the file that holds an administrator's token of it.
    pub upstream: Option<(Url, PathBuf)>,
    /// Do not ask before anything is made there.
    pub yes: bool,
}

/// Why the show did not go as it should.
#[derive(Debug, Error)]
pub enum Trouble {
    /// A step did something else.
    #[error("{0}")]
    Unexpected(String),
    /// Nobody agreed.
    #[error("nothing was made: it was not agreed to")]
    NotAgreed,
    /// Our own configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The gateway.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The trail.
    #[error("the trail: {0}")]
    Store(#[from] StoreError),
    /// git.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// An HTTP request.
    #[error("{}", chain(.0))]
    Http(#[from] reqwest::Error),
    /// Files, addresses, randomness.
    #[error("{0}")]
    Machine(#[from] std::io::Error),
}

impl Trouble {
    fn unexpected(what: impl std::fmt::Display) -> Self {
        Self::Unexpected(what.to_string())
    }
}

/// Plays the show.
pub async fn run(options: Options) -> Result<(), Trouble> {
    let forge = match options.upstream {
        None => Forge::demonstration().await?,
        Some((url, admin_token)) => Forge::live(url, &admin_token, options.yes).await?,
    };
    let stage = Stage::set(&forge).await;
    let outcome = match &stage {
        Ok(stage) => play(stage, &forge, options.once).await,
        Err(_) => Ok(()),
    };
    let struck = strike(stage, forge).await;
    outcome.and(struck)
}

async fn play(stage: &Stage, forge: &Forge, once: bool) -> Result<(), Trouble> {
    tell::opening(stage, forge);
    Walk::new(stage, forge)?.whole().await?;
    if !once {
        tell::invitation(stage, forge);
        tokio::signal::ctrl_c().await?;
    }
    Ok(())
}

/// Takes everything down again, whatever happened before.
async fn strike(stage: Result<Stage, Trouble>, forge: Forge) -> Result<(), Trouble> {
    let stopped = match stage {
        Ok(stage) => {
            stage.strike().await;
            Ok(())
        }
        Err(trouble) => Err(trouble),
    };
    forge.strike().await.and(stopped)
}

/// An error with what caused it: reqwest keeps the useful half for itself.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
