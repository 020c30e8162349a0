//! The gateway as its operators run it: `spanner serve`, a process of its own, under the machine's clock.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::Arc,
};

use gogs_spanner::{
    clock::{Clock, ManualClock, SystemClock},
    journal::{AuditLine, Search},
    store::{Records, Sqlite},
};
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
    /// How its operators do.
    pub private: Door,
    program: Program,
    setting: Setting,
    child: Child,
    directory: TempDir,
}

/// How it is started, each time.
struct Program {
    binary: PathBuf,
    /// How large the disk at [`SMALL_DISK`] is, where there is one.
    small_disk: Option<u64>,
    variables: Vec<(String, String)>,
}

/// Where the small disk of a [setting](Setting::small_disk) is, below the directory of the configuration.
pub const SMALL_DISK: &str = "small";

/// Gives the program, and nobody else, a disk of so many bytes: a tmpfs in a mount namespace of its own, as whoever runs
/// the tests may make one.
const ON_A_SMALL_DISK: &[&str] = &["--user", "--map-root-user", "--mount", "sh", "-c"];
const MOUNT: &str = r#"mount -t tmpfs -o "size=$1,mode=0700" tmpfs "$2" && shift 2 && exec "$@""#;

impl Program {
    /// Starts `spanner serve` in the directory of its configuration.
    #[expect(clippy::disallowed_methods, reason = "a test starts the program as its operator does")]
    fn serve(&self, directory: &Path) -> io::Result<Child> {
        let mut command = match self.small_disk {
            Some(size) => {
                std::fs::create_dir_all(directory.join(SMALL_DISK))?;
                let mut command = Command::new("unshare");
                command.args(ON_A_SMALL_DISK).args([MOUNT, "sh", &size.to_string(), SMALL_DISK]).arg(&self.binary);
                command
            }
            None => Command::new(&self.binary),
        };
        command.args(["serve", "--config", "spanner.toml"]).current_dir(directory);
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.kill_on_drop(true).spawn()
    }
}

impl Process {
    /// Starts this binary before a forge, and waits until it answers.
    pub async fn start(binary: &Path, forge: &Forge, setting: Setting) -> io::Result<Self> {
        Self::behind(binary, forge, forge.url(), setting).await
    }

    /// Starts this binary before a forge it reaches by another address: that of something which stands between.
    pub async fn behind(binary: &Path, forge: &Forge, upstream: &str, mut setting: Setting) -> io::Result<Self> {
        for repository in &setting.repositories {
            forge.create_private_repository(repository).await;
        }
        let directory = tempfile::tempdir()?;
        let (free, private) = (free_address().await?, free_address().await?);
        setting.settle();
        let address = setting.place.unwrap_or(free);
        let text = setting.toml(upstream, &forge.store());
        let listens = format!("[listen]\naddress = \"{address}\"");
        let text = text.replacen("[listen]\naddress = \"127.0.0.1:0\"", &listens, 1);
        let text = text.replacen("127.0.0.1:0", &private.to_string(), 1);
        std::fs::write(directory.path().join("gogs-admin-token"), forge.admin_token())?;
        std::fs::write(directory.path().join("spanner.toml"), text)?;
        let (small_disk, variables) = (setting.small_disk, setting.variables.clone());
        let program = Program { binary: binary.to_owned(), small_disk, variables };
        let child = program.serve(directory.path())?;
        let clock = ManualClock::at(SystemClock.now());
        let door = |address| Door::new(address, setting.public_url(), Arc::clone(&clock));
        let (door, private) = (door(address), door(private));
        let process = Self { door, private, program, setting, child, directory };
        process.answers().await;
        Ok(process)
    }

    async fn answers(&self) {
        let nobody = self.nobody();
        eventually("spanner serve answers", async || {
            nobody.request(reqwest::Method::GET, "/-/spanner/livez").send().await.is_ok()
        })
        .await;
    }

    /// Kills it as a machine does that loses power, and starts it again.
    pub async fn restart(&mut self) -> io::Result<()> {
        self.child.kill().await?;
        self.child = self.program.serve(self.directory.path())?;
        self.answers().await;
        Ok(())
    }

    /// Where it keeps what it keeps.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Somebody without a credential.
    pub fn nobody(&self) -> Nobody {
        Nobody { door: self.door.clone() }
    }

    /// The holder of a registered key, by the machine's clock.
    pub fn key_holder(&self, name: &str) -> KeyHolder {
        let clock = &self.door.clock;
        clock.advance(SystemClock.now().duration_since(clock.now()));
        let key = Arc::clone(self.setting.keys.get(name).expect("an agent of the setting"));
        KeyHolder { door: self.door.clone(), name: name.to_owned(), key }
    }

    /// Its configuration: what a command on this machine needs to find it.
    pub fn config(&self) -> PathBuf {
        self.directory.path().join("spanner.toml")
    }

    /// A registered agent with a fresh token.
    pub async fn agent(&self, name: &str) -> Agent {
        self.key_holder(name).token().await
    }

    /// Its journal, oldest line first, as `spanner audit search` shows it while it runs.
    #[expect(clippy::disallowed_methods, reason = "a test asks as its operator does")]
    pub async fn trail(&self) -> io::Result<Vec<AuditLine>> {
        let mut command = Command::new(&self.program.binary);
        command.args(["audit", "search", "--json", "--config", "spanner.toml"]).current_dir(self.directory.path());
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
        let lines = output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).map_err(io::Error::other)).collect()
    }

    /// The most memory it ever had, in bytes (`VmHWM`, see `man 5 proc_pid_status`).
    pub fn peak_memory(&self) -> io::Result<u64> {
        let id = self.child.id().ok_or_else(|| io::Error::other("it has ended already"))?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        kibibytes.map(|number| number * 1024).ok_or_else(|| io::Error::other("there is no VmHWM"))
    }

    /// Kills it as a machine does that loses power, and reads the journal it left, oldest line first.
    pub async fn kill(mut self) -> io::Result<Vec<AuditLine>> {
        self.child.kill().await?;
        let store = Sqlite::open(&self.directory.path().join("spanner.db")).await.map_err(io::Error::other)?;
        let lines = store.search(&Search::default()).await.map_err(io::Error::other)?;
        store.close().await;
        Ok(lines)
    }

    /// Sends SIGTERM, and waits until the process has ended.
    #[expect(clippy::disallowed_methods, reason = "signals are sent with the program that is there for it")]
    pub async fn terminate(mut self) -> io::Result<ExitStatus> {
        let id = self.child.id().ok_or_else(|| io::Error::other("it has ended already"))?;
        Command::new("kill").args(["-TERM", &id.to_string()]).status().await?;
        self.child.wait().await
    }
}

/// An address of loopback nobody listens at.
async fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()
}
