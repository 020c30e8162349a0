//! A machine on which somebody types commands: a directory, the program, and nothing of this process's environment.

use std::{
    ffi::OsString,
    fmt,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Stdio,
};

use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
};

use crate::{door::client, git::Said, story::eventually};

/// A machine with `spanner` on it.
pub struct Host {
    binary: PathBuf,
    home: TempDir,
    variables: Vec<(OsString, OsString)>,
}

/// A gateway that was started there; dropping it kills it.
#[derive(Debug)]
pub struct Serving(Child);

impl Host {
    /// A machine with this binary.
    pub fn with(binary: &Path) -> Self {
        let home = tempfile::tempdir().expect("a directory can be made");
        Self { binary: binary.to_owned(), home, variables: Vec::new() }
    }

    /// The same, with one more environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Types `spanner` and these words.
    pub async fn spanner(&self, words: &[&str]) -> Said {
        self.run(self.command(self.binary.as_os_str(), words)).await
    }

    /// Types a line of shell, in which `spanner` is found.
    pub async fn shell(&self, line: &str) -> Said {
        self.script(".", &["-c", line]).await
    }

    /// Starts `sh` with these words in a directory, as a pipeline or a crontab does.
    pub async fn script(&self, directory: &str, words: &[&str]) -> Said {
        let mut command = self.command("sh".as_ref(), words);
        command.current_dir(self.home.path().join(directory));
        self.run(command).await
    }

    /// Types `spanner serve`, and waits until something answers at `url`.
    pub async fn serve(&self, url: &str) -> Serving {
        let mut command = self.command(self.binary.as_os_str(), &["serve"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let serving = Serving(command.spawn().expect("the program starts"));
        let (client, live) = (client(), format!("{url}/-/spanner/livez"));
        eventually("spanner serve answers", async || client.get(&live).send().await.is_ok()).await;
        serving
    }

    /// A file there.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file for these to read (`0o600`: its owner alone); one that is there is replaced.
    pub fn write(&self, name: &str, content: &str, mode: u32) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("a directory can be made");
        drop(std::fs::remove_file(&path));
        let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
        file.and_then(|mut file| file.write_all(content.as_bytes())).expect("a file can be written");
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a text that is there")
    }

    /// Replaces a text in a file.
    pub fn edit(&self, name: &str, old: &str, new: &str) {
        let text = self.read(name);
        assert!(text.contains(old), "{old:?} is not in {name}:\n{text}");
        std::fs::write(self.path(name), text.replace(old, new)).expect("a file can be written");
    }

    /// An address of loopback nobody listens at.
    pub async fn free_address() -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        listener.local_addr().expect("an address").to_string()
    }

    #[expect(clippy::disallowed_methods, reason = "a test is the person who types")]
    fn command(&self, program: &std::ffi::OsStr, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        let ours = self.binary.parent().expect("a program is in a directory");
        let found = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(ours.to_owned()).chain(std::env::split_paths(&found)));
        command.args(words).current_dir(self.home.path()).env_clear().env("PATH", path.expect("directories"));
        command.env("HOME", self.home.path()).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        command.env("LC_ALL", "C").envs(self.variables.iter().cloned()).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    async fn run(&self, mut command: Command) -> Said {
        let output = command.output().await.expect("the program can be run");
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Said { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Serving {
    /// Kills it, and waits until it is gone.
    pub async fn stop(mut self) {
        self.0.kill().await.expect("it was running");
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("home", &self.home).finish_non_exhaustive()
    }
}
