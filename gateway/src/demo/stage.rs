//! A gateway that runs, before its forge and beside its identity provider, in a directory that dies with it.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use gogs_spanner_fakes::issuer::Issuer;
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    DemoError,
    forge::Forge,
    setting::{Cast, Places, SUBJECT},
};
use crate::{cli::NewKey, clock::SharedClock, config::Config, journal::Journal, process::Git, serve::Gateway};

/// The agent's private key, for whoever tries the gateway after the walk.
pub(super) const KEY: &str = "agent.key";

/// Everything the walk needs.
pub(super) struct Stage {
    pub(super) cast: Cast,
    /// The gateway's public url.
    pub(super) url: String,
    /// What people read before it begins.
    pub(super) introduction: String,
    pub(super) journal: Journal,
    pub(super) git: Git,
    clock: SharedClock,
    issuer: Issuer,
    directory: TempDir,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Stage {
    /// Writes the configuration, and starts the gateway from it.
    pub(super) async fn set(forge: &Forge, clock: SharedClock) -> Result<Self, DemoError> {
        let issuer = Issuer::start().await?;
        let directory = tempfile::Builder::new().prefix("spanner-demo-").tempdir()?;
        let (admin_token, file) = (directory.path().join("gogs-admin-token"), directory.path().join("spanner.toml"));
        let key = NewKey::generate().map_err(|_| io::Error::other("the system gives no randomness"))?;
        key.write(&directory.path().join(KEY))?;
        write_secret(&admin_token, forge.admin_token().expose_secret())?;
        let gateway = free_address().await?;
        let places = Places {
            gateway,
            upstream: forge.url(),
            issuer: issuer.url(),
            admin_token: &admin_token,
            key: &key.public.to_openssh(),
        };
        std::fs::write(&file, forge.cast.configuration(&places))?;
        let gateway = Gateway::build(Config::load(&file)?, clock.clone()).await?;
        let url = format!("http://{}", gateway.address()?);
        let (stop, journal) = (CancellationToken::new(), gateway.journal().clone());
        let serving = tokio::spawn(gateway.serve(stop.clone()));
        std::fs::create_dir(directory.path().join("home"))?;
        Ok(Self {
            cast: forge.cast.clone(),
            introduction: forge.introduction(&url, issuer.url()),
            git: Git::new(directory.path().join("home")),
            url,
            journal,
            clock,
            issuer,
            directory,
            stop,
            serving,
        })
    }

    /// Where everything of the show is.
    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A place for a file of the show.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Where the repository is cloned from.
    pub(super) fn remote(&self) -> String {
        format!("{}/{}", self.url, self.cast.repository)
    }

    /// Lets the identity provider vouch for the agent, in a file, as platforms give their jobs proofs.
    pub(super) fn vouch(&self) -> io::Result<PathBuf> {
        let file = self.path("id-token");
        write_secret(&file, &self.issuer.issue(&self.issuer.claims(SUBJECT, &self.url, self.clock.now())))?;
        Ok(file)
    }

    /// Stops everything; the directory goes with the value.
    pub(super) async fn strike(self) {
        self.stop.cancel();
        // A gateway that panicked has told so already, and stands no longer.
        let _ended = self.serving.await;
        self.issuer.shutdown().await;
    }
}

/// An address nobody listens on. The public url must be known before the gateway listens, so it is asked for here and
/// let go again; whoever takes it in between makes the gateway say so.
async fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()
}

/// Writes a file only its owner reads.
fn write_secret(file: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())
}
