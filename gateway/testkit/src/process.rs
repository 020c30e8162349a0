//! The gateway as its operators run it: `spanner serve`, a process of its own, under the machine's clock.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
};

use gogs_spanner::clock::{Clock, ManualClock, SystemClock};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
};

use crate::{
    callers::{Agent, Caller, KeyHolder, Nobody},
    door::Door,
    forge::Forge,
    setting::Setting,
    story::eventually,
};

/// A running `spanner serve`; dropping it kills it.
pub struct Process {
    /// How callers reach it.
    pub door: Door,
    setting: Setting,
    child: Child,
    directory: TempDir,
}

impl Process {
    /// Starts this binary before a forge, and waits until it answers.
    pub async fn start(binary: &Path, forge: &Forge, setting: Setting) -> io::Result<Self> {
        Self::behind(binary, forge, forge.url(), setting).await
    }

    /// Starts this binary before a forge it reaches by another address: that of something which stands between.
    #[expect(clippy::disallowed_methods, reason = "a test starts the program as its operator does")]
    pub async fn behind(binary: &Path, forge: &Forge, upstream: &str, setting: Setting) -> io::Result<Self> {
        for repository in &setting.repositories {
            forge.create_private_repository(repository).await;
        }
        let directory = tempfile::tempdir()?;
        let address: SocketAddr = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?;
        let text = setting.toml(upstream, &forge.store()).replacen("127.0.0.1:0", &address.to_string(), 1);
        std::fs::write(directory.path().join("gogs-admin-token"), forge.admin_token())?;
        std::fs::write(directory.path().join("spanner.toml"), text)?;
        let mut command = Command::new(binary);
        command.args(["serve", "--config", "spanner.toml"]).current_dir(directory.path());
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.kill_on_drop(true).spawn()?;
        let door = Door::new(address, setting.public_url(), ManualClock::at(SystemClock.now()));
        let nobody = Nobody { door: door.clone() };
        eventually("spanner serve answers", async || {
            nobody.request(reqwest::Method::GET, "/-/spanner/livez").send().await.is_ok()
        })
        .await;
        Ok(Self { door, setting, child, directory })
    }

    /// Its configuration: what a command on this machine needs to find it.
    pub fn config(&self) -> PathBuf {
        self.directory.path().join("spanner.toml")
    }

    /// A registered agent with a fresh token.
    pub async fn agent(&self, name: &str) -> Agent {
        let key = Arc::clone(self.setting.keys.get(name).expect("an agent of the setting"));
        KeyHolder { door: self.door.clone(), name: name.to_owned(), key }.token().await
    }

    /// The most memory it ever had, in bytes (`VmHWM`, see `man 5 proc_pid_status`).
    pub fn peak_memory(&self) -> io::Result<u64> {
        let id = self.child.id().ok_or_else(|| io::Error::other("it has ended already"))?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        kibibytes.map(|number| number * 1024).ok_or_else(|| io::Error::other("there is no VmHWM"))
    }

    /// Sends SIGTERM, and waits until the process has ended.
    #[expect(clippy::disallowed_methods, reason = "signals are sent with the program that is there for it")]
    pub async fn terminate(mut self) -> io::Result<ExitStatus> {
        let id = self.child.id().ok_or_else(|| io::Error::other("it has ended already"))?;
        Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        self.child.wait().await
    }
}
