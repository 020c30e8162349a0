//! Real git, as a client runs it: in a directory of its own, with none of the machine's configuration.

use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;

/// A directory to run git in.
pub(crate) struct Shell {
    home: TempDir,
}

/// What a command said.
pub(crate) struct Said {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shell {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.home.path().join(path), content).unwrap();
    }

    /// Runs `git` with the words of a line, in a folder below the home.
    #[expect(clippy::disallowed_methods, reason = "a test is the client that runs git")]
    pub(crate) async fn git(&self, folder: &str, line: &str) -> Said {
        let mut command = Command::new("git");
        command.args(line.split(' ')).current_dir(self.home.path().join(folder));
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
        command.env("HOME", self.home.path()).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0");
        for name in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            command.env(format!("{name}_NAME"), "tester").env(format!("{name}_EMAIL"), "tester@x.invalid");
        }
        let output = command.env("LC_ALL", "C").stdin(Stdio::null()).output().await.unwrap();
        Said {
            exit: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
