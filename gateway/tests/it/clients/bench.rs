//! Where a client is tried.

use std::path::Path;

use gogs_spanner_testkit::{Forge, Host, Said, Setting, Tap, TestGateway, Workspace};

use super::{
    api, git,
    table::{Cell, Client, Does},
};

/// What a client needs for all that it is tried at.
const RIGHTS: &str = r#"[
    { actions = ["contents:read", "issues:read", "issues:write", "credentials:mint", "directory:read"] },
    { actions = ["ref:create", "ref:update"], refs = ["refs/heads/agents/**", "refs/tags/agents/**"] },
    { actions = ["ref:delete"], refs = ["refs/heads/agents/**"] },
]"#;
/// The repository it works in; there is another, which is none of its business.
pub(super) const REPOSITORY: &str = "acme/handbook";
pub(super) const OTHER: &str = "acme/secret";

/// A gateway before a forge, a tap before the gateway, and a machine with the client on it.
pub(super) struct Bench {
    pub(super) gateway: TestGateway,
    pub(super) tap: Tap,
    pub(super) host: Host,
    pub(super) client: &'static Client,
}

impl Bench {
    pub(super) async fn set_up(forge: Forge, client: &'static Client) -> Self {
        let setting = Setting::new().agent("client", REPOSITORY, RIGHTS).repository(OTHER).reachable();
        let gateway = TestGateway::before(forge, setting).await;
        let tap = Tap::before(gateway.door.address).await.expect("a tap can listen");
        let (agent, revoked) = (gateway.agent("client").await, gateway.agent("client").await);
        gateway.nobody().revoke(&revoked).await.is(200);
        let host =
            machine().variable("GATEWAY", tap.url()).variable("REMOTE", format!("{}/{REPOSITORY}.git", tap.url()));
        let host = host.variable("TOKEN", agent.token()).variable("REVOKED", revoked.token());
        Self { gateway, tap, host, client }
    }

    /// Tries each operation in order; what it is expected not to have is not asked for.
    pub(super) async fn try_everything(&self) {
        for (at, cell) in self.client.does.cells().iter().enumerate() {
            let Cell::Done(noted) = cell else { continue };
            self.tap.clear();
            let operation = self.client.does.operations()[at];
            let seen = match self.client.does {
                Does::Git(_) => git::play(self, operation).await,
                Does::Api(_) => api::play(self, operation).await,
            };
            assert_eq!(seen, *noted, "{}: {operation}", self.client.name);
        }
        self.is_sound().await;
    }

    /// Has the client do something, in its own directory of the machine.
    pub(super) async fn run(&self, words: &[&str]) -> Said {
        let words = words.iter().fold(String::new(), |line, word| format!("{line} '{word}'"));
        self.host.shell(&format!("{}{words}", self.client.runner)).await
    }

    /// The commit a ref of the forge names.
    pub(super) async fn tip(&self, reference: &str) -> String {
        self.gateway.forge.tip(REPOSITORY, reference).await
    }

    /// What the system's git says in a working copy of the client's.
    pub(super) async fn git(&self, copy: &str, words: &str) -> String {
        self.host.shell(&format!("git -C {copy} {words}")).await.succeeds().stdout.trim().to_owned()
    }

    /// Somebody at the forge itself changes the default branch.
    pub(super) async fn somebody_writes(&self, text: &str) -> String {
        let workspace = Workspace::new();
        let theirs = workspace.clone(&self.gateway.person().remote(REPOSITORY)).await;
        let commit = theirs.commit("news.md", text).await;
        theirs.push(&["HEAD:refs/heads/master"]).await.succeeds();
        commit
    }

    /// Whatever a client did, the forge's repository is whole.
    async fn is_sound(&self) {
        let workspace = Workspace::new();
        let theirs = workspace.clone(&self.gateway.person().remote(REPOSITORY)).await;
        theirs.git(&["fsck", "--full", "--strict"]).await.succeeds();
    }
}

/// How much of a refusal a client showed.
pub(super) fn shown(said: &Said, reason: &str) -> String {
    let text = format!("{}{}", said.stdout, said.stderr);
    assert_ne!(said.code, 0, "it was not refused: {text}");
    match (text.contains(&format!("({reason})")), text.contains("hint: ")) {
        (true, true) => "with reason and hint".to_owned(),
        (false, false) if text.contains("401") || text.contains("403") => "with its status alone".to_owned(),
        _ => text,
    }
}

/// What a Gogs calls itself.
pub(super) async fn version_of_gogs() -> String {
    let binary = std::env::var_os("GOGS_BIN").unwrap_or_default();
    let said = machine().variable("GOGS_BIN", binary).shell("$GOGS_BIN --version").await.succeeds();
    said.stdout.trim().replace("version ", "")
}

/// A machine on which scripts find each other and what was installed for them.
pub(super) fn machine() -> Host {
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a directory in target").join("clients");
    let host = Host::with(Path::new(env!("CARGO_BIN_EXE_spanner"))).variable("MADE", made);
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let host = host.variable("SCRIPTS", scripts).variable("TZ", "UTC");
    ["GIT_AUTHOR", "GIT_COMMITTER"].iter().fold(host, |host, name| {
        host.variable(&format!("{name}_NAME"), "bot").variable(&format!("{name}_EMAIL"), "bot@x.invalid")
    })
}
