//! *Lend to an agent*.

use gogs_spanner_testkit::{Browser, Forge, Host, Provider, eventually};

use super::{Page, Reader};
use crate::login::{OPENER, provider};

/// What she does in the browser that opens.
async fn sign_in(host: &Host) {
    let browser = Browser::start().await;
    let opened = host.path("opened");
    eventually("her browser is told what to open", async || opened.exists()).await;
    browser.open(&host.read("opened")).await;
    browser.click("a.onward").await;
    Provider::sign_in(&browser, "alice").await;
    browser.shows("You may close this page").await;
}

#[tokio::test]
async fn the_guide_has_a_person_lend_and_ends_it() {
    let (forge, mut provider) = (Forge::demonstration().await, provider().await);
    forge.create_private_repository("acme/web").await;
    let agents = format!("http://{}", Host::free_address().await);
    let reader = Reader::new();
    let opener = reader.host().path("opener");
    let reader = reader.variable("BROWSER", opener.to_str().expect("text"));
    reader.host().write("opener", OPENER, 0o700);
    reader.host().write("gogs-admin-token", forge.admin_token(), 0o600);
    reader.host().write("people-secret", Provider::secret(), 0o600);
    let init = format!("spanner init --yes --gogs {} --public-url {agents}", forge.url());
    reader.shell(&init).await.succeeds();
    provider.run(&agents).await;
    let reader =
        reader.calling("https://agents.example.com", &agents).calling("https://idp.example.com", &provider.url());
    let page = Page::read("docs/guides/lend-to-an-agent.md");
    tokio::join!(reader.follow(&page), sign_in(reader.host()));
    assert!(!forge.tip("acme/web", "refs/heads/agents/alice").await.is_empty());
}
