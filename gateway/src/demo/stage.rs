//! The stage: the real gateway, configured as anybody would configure it, in a directory that goes with it.

use std::{
    fs, io,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use gogs_spanner_fakes::issuer::Issuer;
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Forge, NewKey, Trouble, forge::PREFIX};
use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    journal::Journal,
    serve::Gateway,
};

/// The agent of the show.
pub(super) const AGENT: &str = "docs-writer";
/// Who it is at the identity provider.
const SUBJECT: &str = "workload/docs-writer";
/// Where it may write.
pub(super) const BRANCHES: &str = "agents/docs";

/// A running gateway and what it stands on.
pub(super) struct Stage {
    directory: TempDir,
    issuer: Issuer,
    url: String,
    stop: CancellationToken,
    journal: Journal,
    running: JoinHandle<()>,
}

impl Stage {
    /// Writes the configuration, and serves it.
    pub(super) async fn set(forge: &Forge) -> Result<Self, Trouble> {
        let directory = tempfile::Builder::new().prefix("spanner-demo-").tempdir()?;
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700))?;
        let issuer = Issuer::start().await?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let key = NewKey::generate().map_err(|_| io::Error::other("the system gives no randomness"))?;
        key.write(&directory.path().join("agent.pem"))?;
        fs::write(directory.path().join("gogs-admin-token"), forge.admin_token().expose_secret())?;
        let file = directory.path().join("spanner.toml");
        fs::write(&file, configuration(port, forge, issuer.url(), &key.public.to_openssh()))?;
        let gateway = Gateway::build(Config::load(&file)?, Arc::new(SystemClock)).await?;
        let (stop, journal) = (CancellationToken::new(), gateway.journal().clone());
        let running = tokio::spawn(gateway.serve(stop.clone()));
        Ok(Self { directory, issuer, url: format!("http://127.0.0.1:{port}"), stop, journal, running })
    }

    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The gateway's name.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) const fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.directory().join("spanner.sock")
    }

    /// The agent's private key.
    pub(super) fn key(&self) -> PathBuf {
        self.directory().join("agent.pem")
    }

    /// An ID token of the agent, as its platform would give it one.
    pub(super) fn id_token(&self) -> String {
        self.issuer.issue(&self.issuer.claims(SUBJECT, &self.url, SystemClock.now()))
    }

    /// Stops the gateway; the directory goes.
    pub(super) async fn strike(self) {
        self.stop.cancel();
        let _stopped = self.running.await;
        self.issuer.shutdown().await;
    }
}

fn configuration(port: u16, forge: &Forge, issuer: &str, key: &str) -> String {
    let (upstream, repository) = (forge.url(), forge.repository());
    format!(
        r#"[listen]
address = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"

[operate]
address = "127.0.0.1:0"

[upstream]
url = "{upstream}"
admin_token = {{ file = "gogs-admin-token" }}
account_prefix = "{PREFIX}"

[[issuer]]
name = "platform"
url = "{issuer}"

[[role]]
name = "docs"
rights = [
  {{ actions = ["contents:read", "issues:read"] }},
  {{ actions = ["ref:create", "ref:update"], refs = ["refs/heads/{BRANCHES}/**"] }},
]

[[agent]]
name = "{AGENT}"
owner = "alice@example.com"
trust = [{{ issuer = "platform", claims = {{ sub = "{SUBJECT}" }} }}]
keys = ["{key}"]
grants = [{{ role = "docs", repositories = ["{repository}"] }}]
"#
    )
}
