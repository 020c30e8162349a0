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
    pub(crate) fn of(gateway: &TestGateway) -> Self {
        let host = Host::with(Path::new(env!("CARGO_BIN_EXE_spanner")));
        host.write("opener", OPENER, 0o700);
        let opener = host.path("opener");
        let host = host.variable("BROWSER", opener).variable("GOGS_SPANNER_URL", &gateway.door.audience);
        Self { host: std::sync::Arc::new(host) }
    }

    /// Types `spanner` and these words where there is no terminal, as an agent does.
    pub(crate) async fn spanner(&self, words: &[&str]) -> Said {
        self.host.spanner(words).await
    }

    /// Types a line of shell, as an agent does.
    pub(crate) async fn shell(&self, line: &str) -> Said {
        self.host.shell(line).await
    }

    /// What `claude-code` gets, with these words more.
    pub(crate) async fn token(&self, words: &[&str]) -> Said {
        self.spanner(&[&["token", "get", "--agent", "claude-code"], words].concat()).await
    }

    /// Types `spanner login` in a terminal.
    pub(crate) fn login(&self, words: &[&str]) -> JoinHandle<Said> {
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
    pub(crate) fn terminal(&self) -> String {
        std::fs::read_to_string(self.host.path("typescript")).unwrap_or_default()
    }

    /// The page her browser was told to open.
    pub(crate) async fn opened(&self) -> String {
        let file = self.host.path("opened");
        eventually("her browser is told what to open", async || file.exists()).await;
        std::fs::read_to_string(file).expect("a text")
    }

    /// The page and the code her terminal shows for another device.
    pub(crate) async fn device(&self) -> (String, String) {
        let shown = || Some((self.shown_after("open")?, self.shown_after("type this code")?));
        eventually("her terminal shows a page and a code", async || shown().is_some()).await;
        shown().expect("seen above")
    }

    /// What stands alone on a line of her terminal, below one that has these words.
    fn shown_after(&self, words: &str) -> Option<String> {
        let terminal = self.terminal();
        let below = terminal.lines().skip_while(|line| !line.contains(words)).skip(1);
        below.map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
    }
}
