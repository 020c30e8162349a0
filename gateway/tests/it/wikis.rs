//! A wiki is a Git repository of its own behind the same name, and `wiki:*` are the only rights to it.

use gogs_spanner_capability::token::Narrowing;
use gogs_spanner_testkit::{Forge, Setting, TestGateway, Workspace};

use crate::stories;

const EVERYTHING: &str = r#"[{ actions = ["contents:read", "wiki:read", "wiki:write"] },
    { actions = ["ref:create", "ref:update"], refs = ["**"] }]"#;

async fn with_wiki() -> TestGateway {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", EVERYTHING)).await;
    gateway.forge.create_wiki("acme/handbook").await;
    gateway
}

#[tokio::test]
async fn a_wiki_is_kept_with_rights_to_it_alone() {
    stories::keeps_a_wiki_with_rights_to_it_alone(Forge::demonstration().await).await;
}

#[tokio::test]
async fn a_caveat_of_refs_or_paths_speaks_of_the_repository_and_leaves_no_wiki() {
    let gateway = with_wiki().await;
    let bot = gateway.agent("bot").await;
    let by_ref = Narrowing::new().refs(["refs/heads/master".parse().expect("a ref")]);
    for narrowing in [by_ref, Narrowing::new().paths_under("docs/")] {
        let less = bot.narrow(&narrowing);
        let workspace = Workspace::new();
        workspace.list(&less.remote("acme/handbook.wiki")).await.fails();
        let wiki = workspace.clone(&bot.remote("acme/handbook.wiki")).await.under(&less.remote("acme/handbook.wiki"));
        wiki.commit("docs/Home.md", "one").await;
        wiki.push(&["HEAD:refs/heads/master"]).await.fails().says("spanner");
    }
    let pushes = gateway.forge.forwarded().into_iter().filter(|arrival| arrival.target.ends_with("receive-pack"));
    assert_eq!(pushes.count(), 0);
}

#[tokio::test]
async fn the_trail_tells_a_wiki_from_the_repository() {
    let gateway = with_wiki().await;
    let bot = gateway.agent("bot").await;
    let workspace = Workspace::new();
    let wiki = workspace.clone(&bot.remote("acme/handbook.wiki")).await;
    wiki.commit("Home.md", "one").await;
    wiki.push(&["HEAD:refs/heads/master"]).await.succeeds();
    workspace.clone(&bot.remote("acme/handbook.wiki")).await;
    let trail = gateway.trail().await;
    let of = |action: &str| trail.iter().find(|line| line.action == action).expect("a line of that action");
    assert_eq!(of("wiki:read").repository, "acme/handbook");
    let written = of("wiki:write");
    assert_eq!(
        (written.repository.as_str(), written.reference.as_deref()),
        ("acme/handbook", Some("refs/heads/master"))
    );
    assert_eq!(written.result.as_deref(), Some("ok"));
}
