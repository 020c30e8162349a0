//! Git as a child process, with an environment of its own.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicU64, Ordering},
};

use tokio::{io::AsyncWriteExt, process::Command};

/// Nothing of the machine's configuration reaches the forge's git: a server must not sign, rewrite or hook because
/// the person who runs the demonstration does.
const CONFIGURATION: &str = "\
[init]
\tdefaultBranch = master
[core]
\thooksPath = /dev/null
[gc]
\tauto = 0
[receive]
\tautogc = false
[safe]
\tdirectory = *
";

/// Git refused, or could not be run.
#[derive(Debug, thiserror::Error)]
pub enum GitFailure {
    /// The process could not be started or talked to.
    #[error("git could not be run")]
    Unavailable(#[from] io::Error),
    /// It ended with an error.
    #[error("git {command} failed: {message}")]
    Failed {
        /// The subcommand.
        command: String,
        /// What it said.
        message: String,
    },
}

/// The forge's git: its home, and a place for temporary indexes.
pub(super) struct Git {
    home: PathBuf,
    indexes: AtomicU64,
}

impl Git {
    pub(super) fn within(root: &Path) -> io::Result<Self> {
        let home = root.join("git");
        fs::create_dir_all(&home)?;
        fs::write(home.join("gitconfig"), CONFIGURATION)?;
        Ok(Self { home, indexes: AtomicU64::new(0) })
    }

    /// `git` with nothing of this process's environment but the search path.
    #[expect(clippy::disallowed_methods, reason = "the one place where the forge starts a process")]
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new("git");
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
        command.env("HOME", &self.home).env("GIT_CONFIG_GLOBAL", self.home.join("gitconfig"));
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C").env("TZ", "UTC");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A file name for an index nobody else uses.
    pub(super) fn temporary_index(&self) -> PathBuf {
        self.home.join(format!("index-{}", self.indexes.fetch_add(1, Ordering::Relaxed)))
    }

    /// Creates an empty bare repository.
    pub(super) async fn create(&self, directory: &Path) -> Result<(), GitFailure> {
        let mut command = self.command();
        command.args(["init", "--quiet", "--bare", "--template="]).arg(directory);
        finish(command, "init", b"").await.map(drop)
    }

    /// What a subcommand prints in a repository.
    pub(super) async fn run<A: AsRef<OsStr>>(&self, directory: &Path, arguments: &[A]) -> Result<Vec<u8>, GitFailure> {
        self.feed(directory, arguments, &[], b"").await
    }

    /// The same, with more environment and something on standard input.
    pub(super) async fn feed<A: AsRef<OsStr>>(
        &self,
        directory: &Path,
        arguments: &[A],
        environment: &[(&str, &OsStr)],
        input: &[u8],
    ) -> Result<Vec<u8>, GitFailure> {
        let mut command = self.command();
        command.arg("--git-dir").arg(directory).args(arguments).envs(environment.iter().copied());
        let name = arguments.first().map(|name| name.as_ref().to_string_lossy().into_owned()).unwrap_or_default();
        finish(command, &name, input).await
    }

    /// The object a revision names, peeled to a commit; `None` if it names none. A revision never becomes an option,
    /// which is where this forge is better than the one it plays (GHSA-mxrh-2rxr-6mqc).
    pub(super) async fn commit_of(&self, directory: &Path, revision: &str) -> Option<String> {
        let peeled = format!("{revision}^{{commit}}");
        let printed = self.run(directory, &["rev-parse", "--verify", "--quiet", "--end-of-options", &peeled]).await;
        printed.ok().and_then(|id| line(id).ok())
    }
}

async fn finish(mut command: Command, name: &str, input: &[u8]) -> Result<Vec<u8>, GitFailure> {
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take();
    let feeding = async {
        if let Some(mut stdin) = stdin {
            // A child that ends without reading says why by its exit code.
            let _ = stdin.write_all(input).await;
        }
    };
    let ((), output) = tokio::join!(feeding, child.wait_with_output());
    let output = output?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(GitFailure::Failed { command: name.to_owned(), message })
}

/// Output that is one line of text.
pub(super) fn line(output: Vec<u8>) -> Result<String, GitFailure> {
    let text = String::from_utf8(output).map_err(io::Error::other)?;
    Ok(text.trim_end().to_owned())
}

/// Whether a bare repository has no reference yet.
pub(super) fn is_empty(directory: &Path) -> bool {
    let heads = directory.join("refs/heads");
    let none = fs::read_dir(heads).map_or(true, |mut entries| entries.next().is_none());
    none && !directory.join("packed-refs").exists()
}
