//! From a Gogs to a first clone: `spanner init`, and what it says where it cannot go on.

use std::os::unix::fs::PermissionsExt;

use gogs_spanner_fakes::forge::Manner;
use gogs_spanner_testkit::{Forge, Host};

use crate::site::{Site, host, init};

const PUBLIC: &str = "https://agents.example.com";
/// What the pages of 0.12.11 name, the last release that is too old.
const TOO_OLD: &str = "c9fba3cb30af0789fcf89098dfcb8f2286ee7d3b";

/// A machine with nothing but the program, then a gateway, an agent and a clone: what a newcomer types, in this order.
pub(crate) async fn leads_to_a_clone(forge: Forge) {
    let address = Host::free_address().await;
    let (site, said) = Site::set_up(&forge, &address, &address).await;
    assert!(
        said.stdout.contains("Gogs 0.14.3 at ") && said.stdout.contains("\nnext:\n  spanner serve\n"),
        "{}",
        said.stdout
    );
    assert_eq!(site.host.path("sealing.key").metadata().expect("a key").permissions().mode() & 0o777, 0o600);
    site.host.spanner(&["config", "check"]).await.succeeds();
    let _serving = site.serve().await;
    site.first_clone().await.succeeds();
    assert!(site.host.path("web/README.md").is_file());
    assert!(site.host.spanner(&["token", "get"]).await.succeeds().stdout.starts_with("gsp_"));
}

#[tokio::test]
async fn what_init_writes_serves_and_leads_to_a_clone() {
    leads_to_a_clone(Forge::demonstration().await).await;
}

/// `script` (of Debian's bsdutils, which is always there) is the terminal; somebody types these lines.
#[tokio::test]
async fn at_a_terminal_only_what_cannot_be_found_out_is_asked() {
    let (host, forge) = (host(), Forge::demonstration().await);
    let typed = format!("{}\nagents.example.com\n{PUBLIC}\n{}\nyes\n", forge.url(), forge.admin_token());
    host.write("typed", &typed, 0o600);
    let said = host.shell("script -qefc 'spanner init' /dev/null < typed").await.succeeds();
    let questions = ["Where does Gogs itself listen?", "What will automations call the gateway?", "write scheme, host"];
    for shown in [&questions[..], &["A token of a site administrator", "Write them? Type yes.", "next:"]].concat() {
        assert!(said.stdout.contains(shown), "{shown:?} is not in:\n{}", said.stdout);
    }
    assert_eq!(host.read("gogs-admin-token").trim(), forge.admin_token());
    assert_eq!(host.path("gogs-admin-token").metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    host.spanner(&["config", "check"]).await.succeeds();
}

#[tokio::test]
async fn who_does_not_agree_gets_nothing_written() {
    let (host, forge) = (host(), Forge::demonstration().await);
    host.write("gogs-admin-token", forge.admin_token(), 0o600);
    host.write("typed", "no\n", 0o600);
    let line = format!("script -qefc 'spanner init --gogs {} --public-url {PUBLIC}' /dev/null < typed", forge.url());
    let said = host.shell(&line).await.fails();
    assert!(said.stdout.contains("not agreed to, so nothing was written"), "{}", said.stdout);
    assert!(!host.path("spanner.toml").exists() && !host.path("sealing.key").exists());
}

#[tokio::test]
async fn a_second_run_overwrites_nothing() {
    let (host, forge) = (host(), Forge::demonstration().await);
    init(&host, &forge, PUBLIC, &[]).await.succeeds();
    let written = ["spanner.toml", "sealing.key", "gogs-admin-token"].map(|name| host.read(name));
    let said = init(&host, &forge, "https://other.example.com", &[]).await.fails();
    said.says("spanner.toml is there already, and nothing is overwritten").says("hint: ");
    assert_eq!(["spanner.toml", "sealing.key", "gogs-admin-token"].map(|name| host.read(name)), written);
}

#[tokio::test]
async fn nothing_is_written_where_something_is_wrong() {
    let (host, forge) = (host(), Forge::demonstration().await);
    forge.stand_in().create_account("bob", "secret");
    let powerless = forge.stand_in().mint_token("bob", "his").expect("a token");
    host.write("powerless", &powerless, 0o600);
    host.write("unknown", "0123456789abcdef0123456789abcdef01234567", 0o600);
    host.write("open", &powerless, 0o644);
    for (file, message) in [
        ("powerless", "the admin token is of `bob`, who is no site administrator"),
        ("unknown", "Gogs does not know the admin token"),
        ("open", "open can be read or changed by other users of this machine"),
        ("absent", "absent: the secret cannot be read: it is not there"),
    ] {
        let said = init(&host, &forge, PUBLIC, &["--admin-token-file", file]).await.fails();
        said.says(message).says("hint: ");
    }
    assert!(!host.path("spanner.toml").exists() && !host.path("sealing.key").exists());
}

#[tokio::test]
async fn a_gogs_too_old_is_told_from_one_that_does_not_say() {
    let of = |commit: &str| Manner { commit: commit.to_owned(), ..Manner::default() };
    let old = Forge::demonstration_with(of(TOO_OLD)).await;
    let said = init(&host(), &old, PUBLIC, &[]).await.fails();
    said.says("this Gogs is 0.12.11 (by the commit its pages name), and 0.13.0 is the oldest")
        .says("hint: upgrade Gogs");
    let silent = Forge::demonstration_with(of("")).await;
    let said = init(&host(), &silent, PUBLIC, &[]).await.succeeds();
    assert!(said.stdout.starts_with("Gogs 0.13.0 or newer at "), "{}", said.stdout);
    let said = init(&host(), &silent, PUBLIC, &["--gogs-version", "0.14.3"]).await.succeeds();
    assert!(said.stdout.starts_with("Gogs 0.14.3 at "), "{}", said.stdout);
    let said = init(&host(), &old, PUBLIC, &["--gogs-version", "0.14.3"]).await.fails();
    said.says("--gogs-version says 0.14.3, but this Gogs is 0.12.11");
}

#[tokio::test]
async fn a_public_url_that_others_could_listen_to_is_refused() {
    let (host, forge) = (host(), Forge::demonstration().await);
    let said = init(&host, &forge, "http://agents.example.com", &[]).await.fails();
    assert_eq!(said.code, 2);
    said.says("in plain sight").says("hint: give an https name");
}
