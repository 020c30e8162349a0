//! `spanner doctor`: it finds what is wrong, and says nothing where all is well.

use std::path::Path;

use gogs_spanner_fakes::forge::{Manner, Trouble};
use gogs_spanner_testkit::{Forge, Host};
use serde_json::Value;
use sqlx::{Connection, Executor, SqliteConnection};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use crate::{
    nginx::{CAREFUL, CARELESS, Nginx},
    site::{Site, host, init},
};

/// The ids of what `spanner doctor --json` finds, and all it says.
async fn found(host: &Host, more: &[&str]) -> (Vec<String>, Value) {
    let said = host.spanner(&[&["doctor", "--json"], more].concat()).await;
    let report: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {}", said.stderr));
    let findings = report["findings"].as_array().expect("a list");
    assert_eq!(said.code, i32::from(!findings.is_empty()), "{report}");
    let text = |finding: &Value| finding["check"].as_str().expect("a text").to_owned();
    let mut ids: Vec<_> = findings.iter().map(text).collect();
    ids.dedup();
    (ids, report)
}

/// Before a Gogs that is set up well, once an agent has been there.
pub(crate) async fn says_nothing_but_fine(forge: &Forge, app_ini: &Path) {
    let site = Site::before(forge).await;
    let _serving = site.serve().await;
    site.first_clone().await.succeeds();
    let said = site.host.spanner(&["doctor", "--gogs-config", app_ini.to_str().expect("a text")]).await.succeeds();
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("fine\n", ""));
    let said = site.host.spanner(&["doctor"]).await.succeeds();
    assert_eq!(
        said.stdout,
        "fine\n\nnot checked:\n  local-root-url: only Gogs's app.ini says it: give --gogs-config FILE\n"
    );
}

/// Before a Gogs whose settings are all as they should not be.
pub(crate) async fn finds_each_bad_setting(forge: &Forge, app_ini: &Path) -> Vec<String> {
    let site = Site::before(forge).await;
    let _serving = site.serve().await;
    found(&site.host, &["--gogs-config", app_ini.to_str().expect("a text")]).await.0
}

pub(crate) const BAD_SETTINGS: [&str; 5] =
    ["open-registration", "open-view", "proxy-header", "run-mode", "local-root-url"];

fn app_ini(directory: &Path, local_root_url: &str) -> std::path::PathBuf {
    let file = directory.join("app.ini");
    std::fs::write(&file, format!("[server]\nLOCAL_ROOT_URL = {local_root_url}\n")).expect("a file can be written");
    file
}

#[tokio::test]
async fn a_good_gogs_and_a_good_gateway_are_fine() {
    let (forge, directory) = (Forge::demonstration().await, tempfile::tempdir().expect("a directory"));
    let app_ini = app_ini(directory.path(), &format!("{}/", forge.url()));
    says_nothing_but_fine(&forge, &app_ini).await;
}

#[tokio::test]
async fn each_bad_setting_of_gogs_is_found() {
    let manner = Manner {
        open_registration: true,
        open_view: true,
        believes_proxies: true,
        development: true,
        ..Manner::default()
    };
    let (forge, directory) = (Forge::demonstration_with(manner).await, tempfile::tempdir().expect("a directory"));
    let ids = finds_each_bad_setting(&forge, &app_ini(directory.path(), "http://127.0.0.1:1/")).await;
    assert_eq!(ids, BAD_SETTINGS);
}

#[tokio::test]
async fn names_that_lead_nowhere_are_found() {
    let (host, forge) = (host(), Forge::demonstration().await);
    // Whatever this machine's resolver is: `invalid` is nowhere (RFC 2606).
    init(&host, &forge, "https://agents.invalid", &[]).await.succeeds();
    assert_eq!(found(&host, &[]).await.0, ["external-url", "public-url", "gateway"]);
    host.edit("spanner.toml", "https://agents.invalid", "http://agents.invalid");
    assert_eq!(found(&host, &[]).await.0, ["external-url", "public-url-plain", "public-url", "gateway"]);
}

#[tokio::test]
async fn a_gateway_that_has_gogs_name_without_its_path_is_found() {
    let public = Host::free_address().await;
    let forge = Forge::demonstration_known_as(&format!("http://{public}/gogs/")).await;
    let (site, said) = Site::set_up(&forge, &public, &public).await;
    assert!(said.stdout.contains("the gateway is its only door"), "{}", said.stdout);
    let _serving = site.serve().await;
    let (ids, report) = found(&site.host, &[]).await;
    assert_eq!(ids, ["external-url"], "{report}");
}

#[tokio::test]
async fn a_gogs_too_old_is_found() {
    let forge = Forge::demonstration().await;
    let site = Site::before(&forge).await;
    let commit = "c9fba3cb30af0789fcf89098dfcb8f2286ee7d3b"; // 0.12.11
    let old = Forge::demonstration_with(Manner { commit: commit.to_owned(), ..Manner::default() }).await;
    site.host.edit("spanner.toml", forge.url(), old.url());
    site.host.write("gogs-admin-token", old.admin_token(), 0o600);
    let _serving = site.serve().await;
    assert_eq!(found(&site.host, &[]).await.0, ["gogs-version", "gogs-advisories"]);
}

#[tokio::test]
async fn an_old_release_is_told_its_published_advisories() {
    let commit = "5084b4a9b77a506f5e287e82e945e1c6882b827a"; // 0.13.3
    let forge = Forge::demonstration_with(Manner { commit: commit.to_owned(), ..Manner::default() }).await;
    let site = Site::before(&forge).await;
    let _serving = site.serve().await;
    let (ids, report) = found(&site.host, &[]).await;
    assert_eq!(ids, ["gogs-advisories"]);
    let text = report.to_string();
    assert!(text.contains("GHSA-gg64-xxr9-qhjp (fixed in 0.13.4)") && !text.contains("GHSA-vm62-9jw3-c8w3"), "{text}");
}

#[tokio::test]
async fn a_version_that_is_not_told_is_asked_for() {
    let forge = Forge::demonstration_with(Manner { commit: String::new(), ..Manner::default() }).await;
    let site = Site::before(&forge).await;
    let _serving = site.serve().await;
    let (ids, report) = found(&site.host, &[]).await;
    assert!(ids.is_empty() && report["unchecked"].to_string().contains("say --gogs-version"), "{report}");
    let (ids, report) = found(&site.host, &["--gogs-version", "0.14.3"]).await;
    assert!(ids.is_empty() && !report["unchecked"].to_string().contains("gogs-advisories"), "{report}");
}

/// Once somebody has been at the account of an agent.
pub(crate) async fn finds_an_account_that_was_tampered_with(forge: &Forge) -> Site {
    let site = Site::before(forge).await;
    let _serving = site.serve().await;
    site.first_clone().await.succeeds();
    forge.tamper("agent-ci-web").await;
    let (ids, report) = found(&site.host, &[]).await;
    assert_eq!(ids, ["agents-accounts"], "{report}");
    for odd in [
        "its e-mail is mallory@x.invalid",
        "it is a site administrator",
        "it has tokens that are not the gateway's: spare",
    ] {
        assert!(report.to_string().contains(odd), "{odd} is not in {report}");
    }
    site
}

#[tokio::test]
async fn an_account_that_was_tampered_with_is_found() {
    let forge = Forge::demonstration().await;
    let site = finds_an_account_that_was_tampered_with(&forge).await;
    let _serving = site.serve().await;
    forge.stand_in().tamper("agent-ci-web", None, Some("laptop"), false).expect("the account");
    let (_, report) = found(&site.host, &[]).await;
    assert!(report.to_string().contains("it has SSH keys: laptop"), "{report}");
    forge.stand_in().delete_account("agent-ci-web");
    let (_, report) = found(&site.host, &[]).await;
    assert!(report.to_string().contains("`agent-ci-web` is gone"), "{report}");
}

#[tokio::test]
async fn what_does_not_run_is_found_and_what_hangs_on_it_is_said_to_be_unchecked() {
    let forge = Forge::demonstration().await;
    let site = Site::before(&forge).await;
    site.host.write("gogs-admin-token", "0123456789abcdef0123456789abcdef01234567", 0o644);
    let (ids, report) = found(&site.host, &[]).await;
    assert_eq!(ids, ["admin-token", "public-url", "gateway", "secret-files"]);
    assert!(report["unchecked"].to_string().contains("the running gateway did not say"), "{report}");
    site.host.edit("spanner.toml", forge.url(), "http://127.0.0.1:1");
    let (ids, _) = found(&site.host, &[]).await;
    assert_eq!(ids, ["gogs-reachable", "public-url", "gateway", "secret-files"]);
}

#[tokio::test]
async fn while_gogs_is_down_that_is_found_and_its_accounts_are_told_from_odd_ones() {
    let forge = Forge::demonstration().await;
    let site = Site::before(&forge).await;
    let _serving = site.serve().await;
    site.first_clone().await.succeeds();
    for trouble in [Trouble::Unavailable, Trouble::Hang] {
        forge.stand_in().trouble(trouble);
        let (ids, report) = found(&site.host, &[]).await;
        assert_eq!(ids, ["gogs-reachable"], "{report}");
        assert!(report["unchecked"].to_string().contains("agents-accounts"), "{report}");
    }
    forge.stand_in().resume();
    let (ids, report) = found(&site.host, &[]).await;
    assert!(ids.is_empty(), "{report}");
}

/// Lets proofs of this issuer count.
fn trust(site: &Site, url: &str) {
    let issuer = format!("[[issuer]]\nname = \"idp\"\nurl = \"{url}\"\n\n");
    site.host.edit("spanner.toml", "[[role]]\nname", &format!("{issuer}[[role]]\nname"));
}

#[tokio::test]
async fn an_issuer_that_cannot_be_reached_is_found() {
    let forge = Forge::demonstration().await;
    let site = Site::before(&forge).await;
    trust(&site, "http://127.0.0.1:1");
    let _serving = site.serve().await;
    let (ids, report) = found(&site.host, &[]).await;
    assert_eq!(ids, ["issuers"], "{report}");
}

#[tokio::test]
async fn a_clock_that_disagrees_with_an_issuers_is_found() {
    let (forge, issuer) = (Forge::demonstration().await, MockServer::start().await);
    let long_ago = ResponseTemplate::new(404).insert_header("date", "Mon, 23 Nov 2026 10:00:00 GMT");
    Mock::given(any()).respond_with(long_ago).mount(&issuer).await;
    let site = Site::before(&forge).await;
    trust(&site, &issuer.uri());
    let _serving = site.serve().await;
    let (ids, report) = found(&site.host, &[]).await;
    assert_eq!(ids, ["clock", "issuers"], "{report}");
    assert!(report.to_string().contains("the clock of issuer `idp` is "), "{report}");
}

#[tokio::test]
async fn a_store_that_takes_no_records_is_found() {
    let forge = Forge::demonstration().await;
    let site = Site::before(&forge).await;
    let _serving = site.serve().await;
    let file = format!("sqlite://{}", site.host.path("spanner.db").display());
    let mut store = SqliteConnection::connect(&file).await.expect("the store is there");
    store.execute("BEGIN IMMEDIATE").await.expect("nobody else writes");
    let (ids, report) = found(&site.host, &[]).await;
    assert_eq!(ids, ["store"], "{report}");
}

#[tokio::test]
async fn a_proxy_that_cuts_keeps_back_or_limits_is_found_and_a_good_one_is_fine() {
    let forge = Forge::demonstration().await;
    let (public, listen) = (Host::free_address().await, Host::free_address().await);
    let (site, _) = Site::set_up(&forge, &public, &listen).await;
    let _serving = site.serve().await;
    let careless = Nginx::start(&public, &listen, CARELESS).await;
    let (ids, report) = found(&site.host, &[]).await;
    assert_eq!(ids, ["token-passes", "answers-flow", "bodies-pass"], "{report}");
    careless.stop().await;
    let keeping = Nginx::start(&public, &listen, "client_max_body_size 0; proxy_buffering off;").await;
    let (ids, report) = found(&site.host, &[]).await;
    assert_eq!(ids, ["bodies-flow"], "{report}");
    keeping.stop().await;
    let careful = Nginx::start(&public, &listen, CAREFUL).await;
    let (ids, report) = found(&site.host, &[]).await;
    assert!(ids.is_empty(), "{report}");
    careful.stop().await;
}
