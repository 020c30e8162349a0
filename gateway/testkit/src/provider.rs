//! A certified OpenID provider, where people sign in: npm's oidc-provider with its own pages, a process beside the test.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{browser::Browser, door::client, host::Host, story::eventually};

/// What runs, with the people it knows.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/provider/provider.mjs");
/// What the gateway shows there.
const SECRET: &str = "the-secret-of-the-gateway";

/// A provider; dropping it ends it.
pub struct Provider {
    address: String,
    home: PathBuf,
    files: TempDir,
    running: Option<Child>,
}

impl Provider {
    /// A provider that has an address and does not run yet; `home` is where npm put it (`cargo xtask setup`).
    pub async fn at(home: &Path) -> Self {
        let files = tempfile::tempdir().expect("a directory can be made");
        std::fs::write(files.path().join("secret"), SECRET).expect("a file can be written");
        Self { address: Host::free_address().await, home: home.to_owned(), files, running: None }
    }

    /// What it is called.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the gateway shows there.
    pub const fn secret() -> &'static str {
        SECRET
    }

    /// What makes it where a gateway's people sign in.
    pub fn sections(&self) -> String {
        let (address, secret) = (&self.address, self.files.path().join("secret"));
        format!(
            "[[issuer]]\nname = \"people\"\nurl = \"http://{address}\"\n[people]\nissuer = \"people\"\nscopes = [\"groups\"]\n\
             client = {{ id = \"gateway\", secret = {{ file = '{}' }} }}\n",
            secret.display()
        )
    }

    /// Lets it run, for a gateway of this name.
    #[expect(clippy::disallowed_methods, reason = "the provider is another program")]
    pub async fn run(&mut self, gateway: &str) {
        let port = self.address.rsplit(':').next().expect("a port");
        let redirect = format!("{gateway}/-/spanner/oauth/callback");
        let mut node = Command::new("node");
        node.arg(PROGRAM).arg(&self.home).args([port, &redirect, SECRET]).stdin(Stdio::null());
        let node = node.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn();
        self.running = Some(node.expect("node is installed"));
        let page = format!("http://{}/.well-known/openid-configuration", self.address);
        eventually("the provider answers", async || client().get(&page).send().await.is_ok()).await;
    }

    /// Somebody says at its pages, in her browser, that she is this person, and consents.
    pub async fn sign_in(browser: &Browser, person: &str) {
        browser.fill("input[name=login]", person).await;
        browser.fill("input[name=password]", "is not looked at").await;
        browser.click("button.login-submit").await;
        browser.click("input[name=prompt][value=consent] ~ button").await;
    }

    /// The same after she has typed the code of her device.
    pub async fn confirm(browser: &Browser, (page, code): (&str, &str), person: &str) {
        browser.open(page).await;
        browser.fill("input[name=user_code]", code).await;
        browser.click("button[form='op.deviceInputForm']").await;
        browser.click("button[form='op.deviceConfirmForm'][autofocus]").await;
        Self::sign_in(browser, person).await;
    }
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("address", &self.address).finish_non_exhaustive()
    }
}
