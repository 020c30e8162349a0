//! The machine a person works on: a terminal, a browser that opens, and her agents.

use std::path::Path;

use gogs_spanner_testkit::{Host, Said, TestGateway, eventually};
use tokio::task::JoinHandle;

/// Writes down which page it is to open, as `BROWSER`.
pub(crate) const OPENER: &str =
    "#!/bin/sh\nprintf %s \"$1\" > \"$HOME/opened.new\"\nmv \"$HOME/opened.new\" \"$HOME/opened\"\n";

/// Her machine.
#[derive(Clone)]
pub(crate) struct Laptop {
    host: std::sync::Arc<Host>,
}

impl Laptop {
    /// A machine that knows of one gateway.
    pub(super) fn of(gateway: &TestGateway) -> Self {
        let host = Host::with(Path::new(env!("CARGO_BIN_EXE_spanner")));
        host.write("opener", OPENER, 0o700);
        let opener = host.path("opener");
        let host = host.variable("BROWSER", opener).variable("GOGS_SPANNER_URL", &gateway.door.audience);
        Self { host: std::sync::Arc::new(host) }
    }

    /// Types `spanner` and these words where there is no terminal, as an agent does.
    pub(super) async fn spanner(&self, words: &[&str]) -> Said {
        self.host.spanner(words).await
    }

    /// What `claude-code` gets, with these words more.
    pub(super) async fn token(&self, words: &[&str]) -> Said {
        self.spanner(&[&["token", "get", "--agent", "claude-code"], words].concat()).await
    }

    /// Types `spanner login` in a terminal.
    pub(super) fn login(&self, words: &[&str]) -> JoinHandle<Said> {
        for left in ["typescript", "opened"] {
            drop(std::fs::remove_file(self.host.path(left)));
        }
        let line = format!(
            "script --quiet --return --flush --command 'spanner login {}' typescript < /dev/null",
            words.join(" ")
        );
        let laptop = self.clone();
        tokio::spawn(async move { laptop.host.shell(&line).await })
    }

    /// What her terminal shows.
    pub(super) fn terminal(&self) -> String {
        std::fs::read_to_string(self.host.path("typescript")).unwrap_or_default()
    }

    /// The page her browser was told to open.
    pub(super) async fn opened(&self) -> String {
        let file = self.host.path("opened");
        eventually("her browser is told what to open", async || file.exists()).await;
        std::fs::read_to_string(file).expect("a text")
    }

    /// The page her terminal shows for another device, with the code in it.
    pub(super) async fn device_page(&self) -> String {
        let page = || self.terminal().lines().find_map(|line| line.trim().strip_prefix("Or open ").map(str::to_owned));
        eventually("her terminal shows a page", async || page().is_some()).await;
        page().expect("seen above")
    }
}
