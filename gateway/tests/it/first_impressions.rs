//! Every error a newcomer can hit in the first fifteen minutes, hit on purpose: it says what was refused, why, and what to do
//! next. The texts are kept, so that one that gets worse is seen.

use std::fmt::Write;

use gogs_spanner_fakes::forge::{Manner, Trouble};
use gogs_spanner_testkit::{Forge, Host, Said, TestGateway};
use tokio::net::TcpListener;

use crate::site::{Site, host, init};

/// What was typed and what came of it, with everything that is different each time taken out.
#[derive(Default)]
struct Notes {
    text: String,
    names: Vec<(String, &'static str)>,
}

impl Notes {
    /// Calls a text by a name from now on.
    fn call(&mut self, text: impl Into<String>, name: &'static str) {
        self.names.push((text.into(), name));
    }

    /// Types a command that is refused.
    async fn hit(&mut self, host: &Host, words: &[&str]) {
        let said = host.spanner(words).await;
        self.note(&format!("spanner {}", words.join(" ")), &said);
    }

    fn note(&mut self, typed: &str, said: &Said) {
        assert_ne!(said.code, 0, "{typed}: {}", said.stdout);
        let is_next_step_told = ["hint: ", "mend: ", "--help"].iter().any(|next| said.stderr.contains(next));
        assert!(is_next_step_told, "{typed}\n{}", said.stderr);
        self.entry(typed, &said.stderr);
    }

    fn entry(&mut self, typed: &str, told: &str) {
        let lines =
            told.lines().filter(|line| !line.starts_with('{') && !line.contains("request: ")).map(str::trim_end);
        let mut entry = format!("$ {typed}\n{}\n\n", lines.collect::<Vec<_>>().join("\n").trim_end());
        for (text, name) in &self.names {
            entry = entry.replace(text, name);
        }
        self.text.push_str(&entry);
    }

    fn chapter(&mut self, title: &str) {
        write!(self.text, "## {title}\n\n").expect("a text takes more text");
    }
}

const PUBLIC: &str = "https://agents.example.com";

#[tokio::test]
async fn errors_of_init() {
    let mut notes = Notes::default();
    let (forge, host) = (Forge::demonstration().await, host());
    notes.call(forge.url(), "http://GOGS");
    notes.chapter("init");
    notes.hit(&host, &["init", "--yes"]).await;
    notes.hit(&host, &["init", "--yes", "--gogs", "localhost:3000"]).await;
    notes.hit(&host, &["init", "--yes", "--gogs", forge.url(), "--public-url", "agents.example.com"]).await;
    notes.hit(&host, &["init", "--yes", "--gogs", forge.url(), "--public-url", "http://agents.example.com"]).await;
    notes.hit(&host, &["init", "--yes", "--gogs", forge.url(), "--public-url", PUBLIC]).await;
    host.write("gogs-admin-token", forge.admin_token(), 0o644);
    notes.hit(&host, &["init", "--yes", "--gogs", forge.url(), "--public-url", PUBLIC]).await;
    host.write("gogs-admin-token", "0123456789abcdef0123456789abcdef01234567", 0o600);
    notes.hit(&host, &["init", "--yes", "--gogs", forge.url(), "--public-url", PUBLIC]).await;
    forge.stand_in().create_account("bob", "secret");
    host.write("gogs-admin-token", &forge.stand_in().mint_token("bob", "his").expect("a token"), 0o600);
    notes.hit(&host, &["init", "--yes", "--gogs", forge.url(), "--public-url", PUBLIC]).await;
    notes.hit(&host, &["init", "--yes", "--gogs", "https://127.0.0.1:3000", "--public-url", PUBLIC]).await;
    notes.hit(&host, &["init", "--yes", "--gogs", "http://127.0.0.1:1", "--public-url", PUBLIC]).await;
    let gateway = TestGateway::start().await;
    notes.call(gateway.door.url(""), "http://GATEWAY");
    notes.hit(&host, &["init", "--yes", "--gogs", &gateway.door.url(""), "--public-url", PUBLIC]).await;
    let commit = "c9fba3cb30af0789fcf89098dfcb8f2286ee7d3b".to_owned();
    let old = Forge::demonstration_with(Manner { commit, ..Manner::default() }).await;
    notes.call(old.url(), "http://GOGS-0.12");
    notes.hit(&host, &["init", "--yes", "--gogs", old.url(), "--public-url", PUBLIC, "--admin-token-file", "x"]).await;
    let said = init(&host, &old, PUBLIC, &[]).await.fails();
    notes.note("spanner init --yes --gogs http://GOGS-0.12 --public-url https://agents.example.com", &said);
    forge.stand_in().trouble(Trouble::Unavailable);
    let said = init(&host, &forge, PUBLIC, &[]).await.fails();
    notes.note("spanner init --yes --gogs http://GOGS --public-url https://agents.example.com", &said);
    forge.stand_in().resume();
    init(&host, &forge, PUBLIC, &[]).await.succeeds();
    notes.hit(&host, &["init", "--yes", "--gogs", forge.url(), "--public-url", PUBLIC]).await;
    insta::assert_snapshot!(notes.text);
}

#[tokio::test]
async fn errors_of_the_show() {
    let (mut notes, host) = (Notes::default(), host());
    notes.chapter("demo");
    notes.hit(&host, &["demo", "--upstream", "http://127.0.0.1:1"]).await;
    notes.hit(&host, &["demo", "--upstream", "http://127.0.0.1:1", "--admin-token-file", "absent"]).await;
    host.write("token", "0123456789abcdef0123456789abcdef01234567", 0o600);
    notes.hit(&host, &["demo", "--upstream", "http://127.0.0.1:1", "--admin-token-file", "token"]).await;
    let forge = Forge::demonstration().await;
    notes.call(forge.url(), "http://GOGS");
    notes.hit(&host, &["demo", "--upstream", forge.url(), "--admin-token-file", "token"]).await;
    host.write("token", forge.admin_token(), 0o600);
    notes.hit(&host, &["demo", "--upstream", forge.url(), "--admin-token-file", "token"]).await;
    insta::assert_snapshot!(notes.text);
}

#[tokio::test]
async fn errors_of_a_configuration_and_its_start() {
    let mut notes = Notes::default();
    let forge = Forge::demonstration().await;
    notes.call(forge.url(), "http://GOGS");
    notes.chapter("configuration");
    notes.hit(&host(), &["serve"]).await;
    notes.hit(&host(), &["config", "check"]).await;
    let (public, site) = a_site(&forge, &mut notes).await;
    let host = &site.host;
    for (right, wrong) in [
        ("[upstream]", "[upsteam]"),
        ("account_prefix", "acount_prefix"),
        ("\"issues:read\"", "\"issues:reed\""),
        ("{ file = \"gogs-admin-token\" }", "\"0123456789abcdef\""),
        ("refs = [\"refs/heads/agents/**\"]", "refs = [\"agents/**\"]"),
        ("[store]\nurl = ", "[store]\nurl "),
    ] {
        host.edit("spanner.toml", right, wrong);
        notes.hit(host, &["config", "check"]).await;
        host.edit("spanner.toml", wrong, right);
    }
    notes.chapter("start");
    std::fs::rename(host.path("gogs-admin-token"), host.path("elsewhere")).expect("it is there");
    notes.hit(host, &["serve"]).await;
    std::fs::rename(host.path("elsewhere"), host.path("gogs-admin-token")).expect("it is there");
    let squatter = TcpListener::bind(&public).await.expect("a free address");
    notes.hit(host, &["serve"]).await;
    drop(squatter);
    let squatter = TcpListener::bind("127.0.0.1:0").await.expect("a free address");
    let private = squatter.local_addr().expect("an address").to_string();
    notes.call(&private, "PRIVATE");
    host.edit("spanner.toml", "127.0.0.1:0", &private);
    notes.hit(host, &["serve"]).await;
    host.edit("spanner.toml", &private, "127.0.0.1:0");
    drop(squatter);
    host.edit("spanner.toml", "# tls = {", "tls = {");
    notes.hit(host, &["serve"]).await;
    host.write("tls.crt", "no certificate", 0o644);
    host.write("tls.key", "no key", 0o600);
    notes.hit(host, &["serve"]).await;
    host.edit("spanner.toml", "tls = {", "# tls = {");
    let serving = site.serve().await;
    notes.hit(host, &["serve"]).await;
    serving.stop().await;
    std::fs::remove_file(host.path("sealing.key")).expect("it is there");
    notes.hit(host, &["serve"]).await;
    host.write("sealing.key", &"ab".repeat(32), 0o600);
    notes.hit(host, &["serve"]).await;
    host.write("sealing.key", "not a key", 0o600);
    notes.hit(host, &["serve"]).await;
    // A directory is refused to everybody; a file that is somebody else's is not refused to root.
    std::fs::remove_file(host.path("sealing.key")).expect("it is there");
    std::fs::create_dir(host.path("sealing.key")).expect("a directory can be made");
    notes.hit(host, &["serve"]).await;
    insta::assert_snapshot!(notes.text);
}

#[tokio::test]
async fn errors_of_agents_and_their_tokens() {
    let mut notes = Notes::default();
    let forge = Forge::demonstration().await;
    let (public, site) = a_site(&forge, &mut notes).await;
    let host = &site.host;
    notes.chapter("agents");
    notes.hit(host, &["agent", "list"]).await;
    notes.hit(host, &["agent", "add", "ci-web", "--role", "cii", "--repository", "acme/web"]).await;
    notes.hit(host, &["agent", "add", "ci-web", "--role", "ci", "--repository", "acme"]).await;
    notes.hit(host, &["agent", "add", "CI", "--role", "ci", "--repository", "acme/web"]).await;
    host.write("ci-web.key", "somebody's", 0o600);
    notes.hit(host, &["agent", "add", "ci-web", "--role", "ci", "--repository", "acme/web"]).await;
    std::fs::remove_file(host.path("ci-web.key")).expect("it is there");
    host.spanner(&["agent", "add", "ci-web", "--role", "ci", "--repository", "acme/web"]).await.succeeds();
    notes.hit(host, &["agent", "add", "ci-web", "--role", "ci", "--repository", "acme/web"]).await;
    notes.chapter("tokens");
    let url = format!("http://{public}");
    let stranger = crate::site::host();
    notes.hit(&stranger, &["token", "get"]).await;
    notes.hit(&stranger, &["token", "get", "--url", &url]).await;
    notes.hit(&stranger, &["token", "get", "--url", "http://agents.example.com"]).await;
    notes.hit(&stranger, &["token", "get", "--url", &url, "--key-file", "ci-web.key"]).await;
    notes.hit(host, &["token", "get", "--key-file", "ci-wbe.key"]).await;
    let bare = host_with(host, &["ci-web.key", "spanner.toml"]);
    notes.hit(&bare, &["token", "get", "--url", &url, "--agent", "ci-web", "--key-file", "spanner.toml"]).await;
    notes.hit(host, &["token", "get"]).await;
    let serving = site.serve().await;
    let port = public.rsplit(':').next().expect("a port");
    let by_name = format!("http://localhost:{port}");
    notes.call(&by_name, "http://localhost:PORT");
    notes.hit(&bare, &["token", "get", "--url", &by_name, "--agent", "ci-web", "--key-file", "ci-web.key"]).await;
    let by_tls = format!("https://{public}");
    notes.hit(&bare, &["token", "get", "--url", &by_tls, "--agent", "ci-web", "--key-file", "ci-web.key"]).await;
    notes.hit(&bare, &["token", "get", "--url", &url, "--agent", "docs", "--key-file", "ci-web.key"]).await;
    notes.hit(&bare, &["token", "get", "--url", forge.url(), "--agent", "ci-web", "--key-file", "ci-web.key"]).await;
    notes.hit(host, &["token", "get", "--repository", "acme/other"]).await;
    notes.hit(host, &["token", "get", "--lifetime", "10"]).await;
    notes.hit(host, &["token", "get", "--lifetime", "5h"]).await;
    notes.hit(host, &["token", "inspect"]).await;
    serving.stop().await;
    insta::assert_snapshot!(notes.text);
}

#[tokio::test]
async fn errors_of_a_first_clone() {
    let mut notes = Notes::default();
    let forge = Forge::demonstration().await;
    let (_, site) = a_site(&forge, &mut notes).await;
    let _serving = site.serve().await;
    site.first_clone().await.succeeds();
    forge.create_private_repository("acme/other").await;
    notes.chapter("clone");
    let mut git = async |line: &str| {
        let said = site.host.shell(line).await.fails();
        notes.entry(line, &said.stderr);
    };
    git("git -c credential.helper= clone -q $GOGS_SPANNER_URL/acme/web.git x").await;
    let with = |password: &str| {
        format!(
            "git -c credential.helper= -c credential.helper='!echo username=x; echo password={password};:' clone -q \
             $GOGS_SPANNER_URL/acme/web.git x"
        )
    };
    git(&with("secret")).await;
    git(&with("gsp_AAAA")).await;
    git("git clone -q $GOGS_SPANNER_URL/acme/other.git x").await;
    git("git clone -q $GOGS_SPANNER_URL/acme/absent.git x").await;
    git("cd web && git push -q origin HEAD:refs/heads/main").await;
    drop(forge);
    git("git clone -q $GOGS_SPANNER_URL/acme/web.git x").await;
    insta::assert_snapshot!(notes.text);
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_told_so() {
    let gateway = TestGateway::start().await;
    let holder = gateway.key_holder("docs-writer");
    let mut notes = Notes::default();
    for (which, seconds) in [("ahead", 3600), ("behind", -3600)] {
        let mut claims = holder.claims();
        for claim in ["iat", "exp"] {
            claims[claim] = (claims[claim].as_i64().expect("seconds") + seconds).into();
        }
        let answer = holder.ask(&holder.sign(&claims), &[]).await.is(401);
        let document = answer.json();
        let told = |member: &str| document[member].as_str().unwrap_or_default().to_owned();
        let text = format!("error: {}\nhint: {}", told("error_description"), told("hint"));
        notes.entry(&format!("spanner token get   (on a machine whose clock is an hour {which})"), &text);
    }
    insta::assert_snapshot!(notes.text);
}

#[tokio::test]
async fn a_doctor_without_a_gateway_says_what_is_missing() {
    let mut notes = Notes::default();
    let forge = Forge::demonstration().await;
    let (_, site) = a_site(&forge, &mut notes).await;
    let said = site.host.spanner(&["doctor"]).await.fails();
    notes.entry("spanner doctor", &format!("{}\n{}", said.stdout, said.stderr));
    insta::assert_snapshot!(notes.text);
}

/// A machine where `init` has been run, and where it is reached; both called by names.
async fn a_site(forge: &Forge, notes: &mut Notes) -> (String, Site) {
    let public = Host::free_address().await;
    notes.call(forge.url(), "http://GOGS");
    notes.call(&public, "PUBLIC");
    let (site, _) = Site::set_up(forge, &public, &public).await;
    (public, site)
}

/// Another machine with some of a machine's files, and none of its variables.
fn host_with(other: &Host, files: &[&str]) -> Host {
    let host = host();
    for file in files {
        host.write(file, &other.read(file), 0o600);
    }
    host
}
