//! Her agent's git, which knows of the gateway by the credential helper's one line.

use gogs_spanner::journal::Outcome;
use gogs_spanner_testkit::{Browser, Provider};

use super::{Laptop, gateway};

#[tokio::test]
async fn git_acts_for_her_by_the_helpers_one_line_from_when_she_signs_in_until_she_signs_out() {
    let (gateway, _provider) = gateway().await;
    let (laptop, browser) = (Laptop::of(&gateway), Browser::start().await);
    let (url, remote) = (gateway.door.url(""), gateway.door.url("/acme/handbook.git"));
    laptop
        .shell(&format!("git config --global credential.{url}.helper 'spanner --agent claude-code'"))
        .await
        .succeeds();
    let clone = format!("git clone -q {remote} handbook");
    laptop.shell(&clone).await.fails().says("spanner: no proof at hand").says("a person may run `spanner login`");

    let signing_in = laptop.login(&["--device"]);
    let (page, code) = laptop.device().await;
    Provider::confirm(&browser, (&page, &code), "alice").await;
    signing_in.await.expect("no panic").succeeds();
    laptop.shell(&clone).await.succeeds();
    let push = "cd handbook
        git -c user.name=claude -c user.email=claude@example.com commit -q --allow-empty -m 'For Alice'
        git push -q origin HEAD:";
    laptop.shell(&format!("{push}refs/heads/agents/alice")).await.succeeds();
    laptop.shell(&format!("{push}refs/heads/master")).await.fails().says("(not-granted)");
    laptop.shell(&format!("git clone -q {url}/other/notes.git")).await.fails().says("(not-granted)");
    laptop.spanner(&["logout"]).await.succeeds();
    laptop.shell("git -C handbook fetch").await.fails().says("spanner: no proof at hand");

    assert_ne!(gateway.forge.tip("acme/handbook", "refs/heads/agents/alice").await, "");
    let trail = gateway.trail().await;
    let created = trail.iter().find(|line| line.action == "ref:create").expect("a branch was made");
    let names = (created.agent.as_deref(), created.on_behalf_of.as_deref(), created.outcome);
    assert_eq!(names, (Some("claude-code"), Some("alice@example.com"), Outcome::Permit));
}
