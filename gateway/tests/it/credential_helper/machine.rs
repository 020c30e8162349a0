//! A machine on which git is told of a gateway by one line.

use std::path::Path;

use gogs_spanner_testkit::{Host, Said, TestGateway};

/// What git's helper is called, beside `spanner`, where `cargo test --workspace` builds it.
const HELPER: &str = "git-credential-spanner";

/// A machine with git and the helper.
pub(crate) struct Machine(Host);

impl Machine {
    /// One on which nobody has configured anything.
    pub(crate) fn new() -> Self {
        let spanner = Path::new(env!("CARGO_BIN_EXE_spanner"));
        let helper = spanner.with_file_name(HELPER);
        assert!(helper.is_file(), "{} is missing: cargo build --package gogs-spanner-git-credential", helper.display());
        let mut host = Host::with(spanner);
        for who in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            host = host.variable(&format!("{who}_NAME"), "bot").variable(&format!("{who}_EMAIL"), "bot@x.invalid");
        }
        Self(host)
    }

    /// The same, with a variable.
    pub(crate) fn variable(self, name: &str, value: &str) -> Self {
        Self(self.0.variable(name, value))
    }

    /// With an agent's key, and a line that says for which gateway it is.
    pub(crate) async fn keyed(self, gateway: &TestGateway, agent: &str) -> Self {
        let (url, file) = (gateway.door.url(""), format!("{agent}.key"));
        self.0.write(&file, &gateway.key_holder(agent).key_pem(), 0o600);
        let line = format!("spanner --url {url} --agent {agent} --key-file {}", self.0.path(&file).display());
        self.told(&url, &line).await
    }

    /// With the one line: this helper, for this gateway.
    pub(crate) async fn told(self, url: &str, helper: &str) -> Self {
        self.shell(&format!("git config --global credential.{url}.helper '{helper}'")).await.succeeds();
        self
    }

    /// Types commands; the first that fails ends them.
    pub(crate) async fn shell(&self, commands: &str) -> Said {
        self.0.shell(&format!("set -eu\n{commands}")).await
    }

    /// A file there.
    pub(crate) fn write(&self, name: &str, content: &str) {
        self.0.write(name, content, 0o644);
    }

    /// Where a file is.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path(name).display().to_string()
    }
}
