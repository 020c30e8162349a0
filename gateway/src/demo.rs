//! `spanner demo`: the main job, shown on this machine.
//!
//! The gateway is the real one, started from a real `spanner.toml` by the real loader. The forge and the identity
//! provider are stand-ins on loopback ([`gogs_spanner_fakes`]); with a live Gogs only the identity provider is. A
//! walk of eight steps is told while it happens, and each step looks whether it did what it should. What the show
//! makes, on this machine or in the live Gogs, it removes.

mod agent;
mod forge;
mod live;
mod setting;
mod stage;
mod stay;
mod surprise;
mod voice;
mod walk;

use std::{io, path::PathBuf};

use thiserror::Error;
use tokio::signal::unix::{Signal, SignalKind, signal};
use url::Url;

use self::{forge::Forge, stage::Stage, voice::Voice};
use crate::{clock::SharedClock, config::ConfigError, serve::StartError};

pub use self::live::LiveError;

/// What is to be shown.
#[derive(Debug)]
pub struct Show {
    /// A Gogs of the caller's own instead of the stand-in.
    pub live: Option<Live>,
    /// End after the walk.
    pub once: bool,
    /// Tell it to programs.
    pub json: bool,
}

/// A Gogs that is really there.
#[derive(Debug)]
pub struct Live {
    /// Where it answers.
    pub url: Url,
    /// A file with a token of a site admin.
    pub admin_token: PathBuf,
    /// Make and remove what the show needs without asking.
    pub yes: bool,
}

/// Why the show did not come to its end.
#[derive(Debug, Error)]
pub enum DemoError {
    /// A step did something else than it should; what, was told where it happened.
    #[error("step {0} did not do what it should")]
    Step(usize),
    /// The live Gogs.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// The gateway did not start.
    #[error("the gateway does not start: {0}")]
    Start(#[from] StartError),
    /// The stand-in did not start.
    #[error("the demonstration forge: {0}")]
    StandIn(#[from] gogs_spanner_fakes::forge::SeedError),
    /// A file, an address or the output.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Somebody ended it.
    #[error("interrupted")]
    Interrupted,
}

impl From<ConfigError> for DemoError {
    fn from(error: ConfigError) -> Self {
        Self::Start(error.into())
    }
}

/// Shows everything, and leaves nothing behind.
pub async fn run(show: Show, clock: SharedClock) -> Result<(), DemoError> {
    let mut voice = Voice::new(show.json);
    let forge = match show.live {
        Some(live) => Forge::live(live, &mut voice).await?,
        None => Forge::stand_in().await?,
    };
    let mut signals = Signals::listen()?;
    let shown = tokio::select! {
        opened = forge.open() => opened,
        () = signals.stop() => Err(DemoError::Interrupted),
    };
    let shown = match shown {
        Ok(()) => perform(&forge, clock, show.once, &mut voice, &mut signals).await,
        Err(error) => Err(error),
    };
    let cleared = forge.clear(&mut voice).await;
    shown.and(cleared)
}

async fn perform(
    forge: &Forge,
    clock: SharedClock,
    once: bool,
    voice: &mut Voice,
    signals: &mut Signals,
) -> Result<(), DemoError> {
    let stage = Stage::set(forge, clock).await?;
    voice.say(&format!("{}\n", stage.introduction))?;
    let walked = tokio::select! {
        walked = walk::through(&stage, voice) => walked,
        () = signals.stop() => Err(DemoError::Interrupted),
    };
    let shown = match walked {
        Ok(()) if !once => stay::up(&stage, voice, signals).await,
        Ok(()) => voice.say("\nevery step did what it should").map_err(DemoError::from),
        Err(error) => Err(error),
    };
    stage.strike().await;
    shown
}

/// What ends the show from outside.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
