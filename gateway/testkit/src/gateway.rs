//! A whole gateway before a forge.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::Parser;
use gogs_spanner::{
    cli::{self, Cli},
    clock::{Clock, ManualClock, SharedClock, SystemClock},
    config::Config,
    journal::{AuditLine, Search},
    serve::{Gateway, StartError},
    store::{Records, Sqlite},
};
use gogs_spanner_fakes::issuer::Issuer;
use jiff::SignedDuration;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    callers::{Agent, KeyHolder, Nobody, OidcCaller, Person},
    door::Door,
    forge::Forge,
    relay::Relay,
    setting::{Setting, Time},
};

/// When every story begins.
const BEGINNING: &str = "2026-11-23T10:00:00Z";

/// The real gateway in this process, with a forge behind it and time in the test's hands.
pub struct TestGateway {
    /// How callers reach it.
    pub door: Door,
    /// How its operators do.
    pub private: Door,
    /// What stands behind it.
    pub forge: Forge,
    /// The cable to it, where the setting asks for one.
    pub relay: Option<Relay>,
    setting: Setting,
    directory: TempDir,
    running: Running,
}

/// A gateway that has stopped, and can be started again.
pub struct Stopped {
    clock: Arc<ManualClock>,
    forge: Forge,
    relay: Option<Relay>,
    setting: Setting,
    directory: TempDir,
}

/// A gateway that has stopped: what it left behind can be looked at.
pub struct Closed {
    /// What stood behind it.
    pub forge: Forge,
    directory: TempDir,
}

struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl TestGateway {
    /// The usual gateway: `docs-writer` in `acme/handbook`.
    pub async fn start() -> Self {
        Self::with(Setting::usual()).await
    }

    /// A gateway of this setting, before a demonstration forge.
    pub async fn with(setting: Setting) -> Self {
        Self::before(Forge::demonstration().await, setting).await
    }

    /// A gateway of this setting before this forge; the repositories its agents are granted are made.
    pub async fn before(forge: Forge, mut setting: Setting) -> Self {
        for repository in &setting.repositories {
            forge.create_private_repository(repository).await;
        }
        let relay = if setting.relayed {
            let address = forge.url().trim_start_matches("http://").parse().expect("an address of loopback");
            Some(Relay::to(address).await.expect("a relay can listen"))
        } else {
            None
        };
        let upstream = relay.as_ref().map_or_else(|| forge.url().to_owned(), Relay::url);
        let directory = tempfile::tempdir().expect("a directory can be made");
        std::fs::write(directory.path().join("gogs-admin-token"), forge.admin_token()).expect("a file can be written");
        setting.settle();
        let text = setting.toml(&upstream, &forge.store());
        std::fs::write(directory.path().join("spanner.toml"), text).expect("a file can be written");
        let beginning = BEGINNING.parse().expect("an instant");
        let clock = ManualClock::at(if setting.time == Time::Storys { beginning } else { SystemClock.now() });
        let (door, private, running) = start(directory.path(), &setting, clock).await.expect("the gateway starts");
        Self { door, private, forge, relay, setting, directory, running }
    }

    /// Moves the time, but for a gateway that keeps the machine's.
    pub fn advance(&self, by: SignedDuration) {
        self.door.clock.advance(by);
    }

    /// Somebody without a credential.
    pub fn nobody(&self) -> Nobody {
        Nobody { door: self.door.clone() }
    }

    /// The holder of a registered key.
    pub fn key_holder(&self, name: &str) -> KeyHolder {
        let key = Arc::clone(self.setting.keys.get(name).expect("an agent of the setting"));
        KeyHolder { door: self.door.clone(), name: name.to_owned(), key }
    }

    /// A registered agent with a fresh token.
    pub async fn agent(&self, name: &str) -> Agent {
        self.key_holder(name).token().await
    }

    /// A job an issuer vouches for.
    pub fn oidc_caller<'a>(&self, issuer: &'a Issuer, subject: &str) -> OidcCaller<'a> {
        OidcCaller { door: self.door.clone(), issuer, subject: subject.to_owned() }
    }

    /// The site administrator in person, at the forge itself.
    pub fn person(&self) -> Person {
        Person { forge: self.forge.url().to_owned(), token: self.forge.admin_token().to_owned() }
    }

    /// Where the gateway keeps what it keeps.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Types an operator's command on the gateway's host; true if it was done.
    pub async fn operate(&self, words: &[&str]) -> bool {
        let socket = self.directory.path().join("spanner.sock");
        let command = ["spanner", "--socket", socket.to_str().expect("a path of the test's own")];
        let Ok(cli) = Cli::try_parse_from(command.iter().chain(words)) else { return false };
        cli::run(cli).await == ExitCode::SUCCESS
    }

    /// Asks it to read its configuration again, as its operator does, without a word.
    #[expect(clippy::disallowed_methods, reason = "a test asks as its operator does")]
    pub async fn reload(&self) -> Result<(), String> {
        let client = reqwest::Client::builder().unix_socket(self.directory.path().join("spanner.sock")).build();
        let asked = client.map_err(|error| error.to_string())?.post("http://spanner/reload").send().await;
        let answer = asked.map_err(|error| error.to_string())?;
        let status = answer.status();
        let said = answer.text().await.unwrap_or_default();
        if status.is_success() { Ok(()) } else { Err(said) }
    }

    /// The file of its store.
    pub fn database(&self) -> PathBuf {
        self.directory.path().join("spanner.db")
    }

    /// Tells it to stop, without waiting until it has.
    pub fn ask_to_stop(&self) {
        self.running.stop.cancel();
    }

    /// Stops it and starts it again over what it kept, at another address unless it has a place of its own.
    #[must_use]
    pub async fn restart(self) -> Self {
        self.stop().await.start().await
    }

    /// Stops it for a while.
    pub async fn stop(self) -> Stopped {
        let Self { door, forge, relay, setting, directory, running, .. } = self;
        running.end().await;
        Stopped { clock: door.clock, forge, relay, setting, directory }
    }

    /// Stops it: what is under way finishes, and everything is written.
    pub async fn close(self) -> Closed {
        self.running.end().await;
        Closed { forge: self.forge, directory: self.directory }
    }

    /// Stops it and reads its journal.
    pub async fn trail(self) -> Vec<AuditLine> {
        self.close().await.trail().await
    }
}

impl Stopped {
    /// Starts it again over what it kept.
    pub async fn start(self) -> TestGateway {
        let Self { clock, forge, relay, setting, directory } = self;
        let started = start(directory.path(), &setting, clock).await;
        let (door, private, running) = started.expect("the gateway starts again");
        TestGateway { door, private, forge, relay, setting, directory, running }
    }

    /// Moves the time while it is down.
    pub fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    /// What stands behind it.
    pub const fn forge(&self) -> &Forge {
        &self.forge
    }
}

impl Closed {
    /// The journal, oldest line first.
    pub async fn trail(&self) -> Vec<AuditLine> {
        let store = Sqlite::open(&self.directory.path().join("spanner.db")).await.expect("the store opens again");
        let lines = store.search(&Search::default()).await.expect("the journal can be read");
        store.close().await;
        lines
    }

    /// Everything it left on the disk, file by file.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        files_below(self.directory.path())
    }
}

impl Running {
    async fn end(self) {
        self.stop.cancel();
        self.task.await.expect("the gateway stops without a panic");
    }
}

async fn start(
    directory: &Path,
    setting: &Setting,
    clock: Arc<ManualClock>,
) -> Result<(Door, Door, Running), StartError> {
    let config = Config::load(&directory.join("spanner.toml"))?;
    let manual: SharedClock = Arc::<ManualClock>::clone(&clock);
    let shared = if setting.time == Time::Machines { Arc::new(SystemClock) } else { manual };
    let gateway = Gateway::build(config, shared).await?;
    let (public, private) = (gateway.address(), gateway.private_address());
    let door = |address| Door::new(address, setting.public_url(), Arc::clone(&clock));
    let (door, private) = (door(public.expect("it listens")), door(private.expect("it listens")));
    let stop = CancellationToken::new();
    let task = tokio::spawn(gateway.serve(stop.clone()));
    Ok((door, private, Running { stop, task }))
}

fn files_below(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry")) {
        let path = entry.path();
        if entry.file_type().expect("a type").is_dir() {
            found.extend(files_below(&path));
        } else if let Ok(content) = std::fs::read(&path) {
            // Sockets are no files to read.
            found.push((path, content));
        }
    }
    found
}
