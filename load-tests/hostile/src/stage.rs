//! Where a run takes place: a gateway, the upstream behind it, and the ways to look at both.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use gogs_spanner_testkit::{Forge, Process, Setting};

use crate::{
    journal::Journal,
    upstream::{self, Log, Recorded, Upstream},
    words::Tokens,
};

/// The agent that plays the caller.
const AGENT: &str = "docs-writer";
/// Where it may be, and where it may not.
const SECRET: &str = "acme/secret";

/// Everything a run is played with.
pub struct Scene {
    /// Where the gateway listens.
    pub gateway: SocketAddr,
    /// A good token, and what is made of it.
    pub tokens: Tokens,
    /// The gateway's journal.
    pub journal: Journal,
    /// What reached its upstream.
    pub records: Records,
}

/// Where what reached the upstream is written down.
pub enum Records {
    /// In this process.
    Here(Arc<Log>),
    /// In a file another process writes.
    File(PathBuf),
}

/// A gateway of our own, a process as its operators run it, with a recording upstream and a demonstration forge behind it.
pub struct Stage {
    scene: Scene,
    _upstream: Upstream,
    _forge: Forge,
    _gateway: Process,
}

impl Stage {
    /// Starts all of it with this `spanner`, on free ports of loopback.
    ///
    /// # Errors
    /// A port cannot be had, or the program does not start.
    pub async fn set(spanner: &Path) -> io::Result<Self> {
        let forge = Forge::demonstration().await;
        let behind = forge.url().trim_start_matches("http://").parse().map_err(io::Error::other)?;
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let upstream = Upstream::start(here, behind, forge.admin_token(), None).await?;
        let setting = Setting::usual().repository(SECRET);
        let gateway = Process::behind(spanner, &forge, &upstream.url(), setting).await?;
        let token = gateway.agent(AGENT).await;
        let scene = Scene {
            gateway: gateway.door.address,
            tokens: Tokens::of(token.token()),
            journal: Journal { spanner: spanner.to_owned(), config: gateway.config() },
            records: Records::Here(Arc::clone(upstream.log())),
        };
        Ok(Self { scene, _upstream: upstream, _forge: forge, _gateway: gateway })
    }

    /// What it is played with.
    pub const fn scene(&self) -> &Scene {
        &self.scene
    }
}

impl Records {
    /// What arrived so far.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn arrived(&self) -> io::Result<Vec<Recorded>> {
        match self {
            Self::Here(log) => Ok(log.arrived()),
            Self::File(file) => upstream::read(file),
        }
    }

    /// The forge's credentials that were seen, as far as this process saw them.
    pub fn secrets(&self) -> Vec<String> {
        match self {
            Self::Here(log) => log.secrets(),
            Self::File(_) => Vec::new(),
        }
    }
}
