//! A real Keycloak, where machines and people come from: a process beside the test, with a realm it is given when it runs.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{browser::Browser, door::client, host::Host, story::within};

/// A group, two clients and two people; `GATEWAY` and `SECRET` stand for what a test knows.
const REALM: &str = include_str!("../keycloak/realm.json");
/// What everybody there shows.
const SECRET: &str = "the-secret-of-everybody";
const ADMINISTRATOR: &str = "admin";
/// It makes its tables anew each time.
const STARTS_WITHIN: Duration = Duration::from_mins(5);
/// What `kc.sh` starts Java with, as far as it matters here; the script stays as its parent, and would leave it running when
/// it is killed. The cache is local so that it looks for no others in the network.
const SERVER: [&str; 6] = [
    "io.quarkus.bootstrap.runner.QuarkusEntryPoint",
    "start",
    "--optimized",
    "--cache=local",
    "--http-enabled=true",
    "--hostname-strict=false",
];

/// A Keycloak; dropping it ends it.
pub struct Keycloak {
    address: String,
    home: PathBuf,
    files: TempDir,
    running: Option<Child>,
}

impl Keycloak {
    /// One that has an address and does not run yet; `home` is where `cargo xtask verify providers` unpacked it.
    pub async fn at(home: &Path) -> Self {
        let files = tempfile::tempdir().expect("a directory can be made");
        std::fs::write(files.path().join("secret"), SECRET).expect("a file can be written");
        Self { address: Host::free_address().await, home: home.to_owned(), files, running: None }
    }

    /// What makes it an issuer of a gateway, and where its people sign in.
    pub fn sections(&self) -> String {
        format!(
            "[[issuer]]\nname = \"keycloak\"\nurl = \"{}\"\n[people]\nissuer = \"keycloak\"\ndevice = true\n\
             client = {{ id = \"gateway\", secret = {{ file = '{}' }} }}\n",
            self.realm(),
            self.files.path().join("secret").display()
        )
    }

    /// Lets it run, with a realm that knows this gateway.
    #[expect(clippy::disallowed_methods, reason = "Keycloak is another program")]
    pub async fn run(&mut self, gateway: &str) {
        let (host, port) = self.address.split_once(':').expect("an address");
        let mut java = Command::new("java");
        java.args(["-Xmx512m", "-XX:TieredStopAtLevel=1"]).arg(format!("-Dkc.home.dir={}", self.home.display()));
        java.arg("-Djava.util.logging.manager=org.jboss.logmanager.LogManager");
        java.arg("-cp").arg(self.home.join("lib/quarkus-run.jar")).args(SERVER);
        java.args([format!("--http-host={host}"), format!("--http-port={port}")]);
        java.env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMINISTRATOR).env("KC_BOOTSTRAP_ADMIN_PASSWORD", SECRET);
        java.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        self.running = Some(java.spawn().expect("Java is installed"));
        let master = format!("http://{}/realms/master", self.address);
        let answers = async || client().get(&master).send().await.is_ok_and(|answer| answer.status().is_success());
        within(STARTS_WITHIN, "Keycloak answers", answers).await;
        self.import(&REALM.replace("GATEWAY", gateway).replace("SECRET", SECRET)).await;
    }

    async fn import(&self, realm: &str) {
        let administrator = [("grant_type", "password"), ("client_id", "admin-cli"), ("username", ADMINISTRATOR)];
        let token = self.token("master", &[&administrator[..], &[("password", SECRET)]].concat()).await;
        let request = client().post(format!("http://{}/admin/realms", self.address)).bearer_auth(token);
        let request = request.header("content-type", "application/json").body(realm.to_owned());
        let answer = request.send().await.expect("it answers");
        assert_eq!(answer.status(), 201, "{:?}", answer.text().await);
    }

    /// What it gives its client `robot` to show.
    pub async fn word_for_robot(&self) -> String {
        let form = [("grant_type", "client_credentials"), ("client_id", "robot"), ("client_secret", SECRET)];
        self.token("people", &form).await
    }

    /// Somebody signs in at its page, in her browser.
    pub async fn sign_in(browser: &Browser, person: &str) {
        browser.fill("#username", person).await;
        browser.fill("#password", SECRET).await;
        browser.click("#kc-login").await;
    }

    /// The same after she has typed the code of her device, and lets it have what it asks for in the end.
    pub async fn confirm(browser: &Browser, (page, code): (&str, &str), person: &str) {
        browser.open(page).await;
        browser.fill("input[name=device_user_code]", code).await;
        browser.click("#kc-login").await;
        Self::sign_in(browser, person).await;
        browser.click("[name=accept]").await;
    }

    fn realm(&self) -> String {
        format!("http://{}/realms/people", self.address)
    }

    async fn token(&self, realm: &str, form: &[(&str, &str)]) -> String {
        let url = format!("http://{}/realms/{realm}/protocol/openid-connect/token", self.address);
        let answer = client().post(url).form(form).send().await.expect("it answers");
        let answer: Value = answer.json().await.expect("JSON");
        answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }
}

impl std::fmt::Debug for Keycloak {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keycloak").field("address", &self.address).finish_non_exhaustive()
    }
}
