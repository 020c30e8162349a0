//! Create, update, force and delete are four rights, and which one a push needs is found out, not believed.

use gogs_spanner_testkit::{Forge, Setting, TestGateway, Workspace};

use crate::stories;

async fn with_rights(actions: &str) -> TestGateway {
    let rights = format!(
        r#"[{{ actions = ["contents:read"] }},
           {{ actions = [{actions}], refs = ["refs/heads/agents/**", "refs/tags/agents/**"] }}]"#
    );
    TestGateway::with(Setting::new().agent("bot", "acme/handbook", &rights)).await
}

#[tokio::test]
async fn a_fast_forward_passes_and_a_force_does_not() {
    stories::updates_but_does_not_force(Forge::demonstration().await).await;
}

#[tokio::test]
async fn a_force_that_was_refused_never_reached_the_forge() {
    let gateway = with_rights(r#""ref:create", "ref:update""#).await;
    let bot = gateway.agent("bot").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&bot.remote("acme/handbook")).await;
    handbook.commit("page", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/x"]).await.succeeds();
    handbook.git(&["commit", "-q", "--amend", "-m", "rewritten"]).await.succeeds();
    gateway.forge.stand_in().recorder().clear();
    handbook.push(&["+HEAD:refs/heads/agents/x"]).await.fails().says("ref:force");
    assert!(
        gateway
            .forge
            .arrivals()
            .iter()
            .all(|arrival| arrival.method == "GET" || arrival.target.ends_with("upload-pack"))
    );
}

#[tokio::test]
async fn a_fast_forward_the_pack_alone_proves_fetches_nothing() {
    let gateway = with_rights(r#""ref:create", "ref:update""#).await;
    let bot = gateway.agent("bot").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&bot.remote("acme/handbook")).await;
    for text in ["one", "two"] {
        handbook.commit("page", text).await;
        handbook.push(&["HEAD:refs/heads/agents/x"]).await.succeeds();
    }
    assert_eq!(mirrors(&gateway), 0);
    handbook.git(&["commit", "-q", "--amend", "-m", "rewritten"]).await.succeeds();
    handbook.push(&["+HEAD:refs/heads/agents/x"]).await.fails().says("ref:force");
    assert_eq!(mirrors(&gateway), 1, "what is not shown is looked for");
}

fn mirrors(gateway: &TestGateway) -> usize {
    std::fs::read_dir(gateway.directory().join("spool/mirrors")).expect("a directory").count()
}

#[tokio::test]
async fn who_may_force_may() {
    let gateway = with_rights(r#""ref:create", "ref:update", "ref:force""#).await;
    let bot = gateway.agent("bot").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&bot.remote("acme/handbook")).await;
    handbook.commit("page", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/x"]).await.succeeds();
    handbook.git(&["commit", "-q", "--amend", "-m", "rewritten"]).await.succeeds();
    handbook.push(&["+HEAD:refs/heads/agents/x"]).await.succeeds();
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/x").await, handbook.head().await);
}

#[tokio::test]
async fn who_may_delete_may_and_nobody_else() {
    for (actions, may) in
        [(r#""ref:create", "ref:update", "ref:force""#, false), (r#""ref:create", "ref:delete""#, true)]
    {
        let gateway = with_rights(actions).await;
        let bot = gateway.agent("bot").await;
        let workspace = Workspace::new();
        let handbook = workspace.clone(&bot.remote("acme/handbook")).await;
        handbook.push(&["HEAD:refs/heads/agents/x"]).await.succeeds();
        let said = handbook.push(&[":refs/heads/agents/x"]).await;
        assert_eq!(said.code == 0, may, "{}", said.stderr);
        assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/x").await.is_empty(), may);
    }
}

#[tokio::test]
async fn who_may_only_create_does_not_update() {
    let gateway = with_rights(r#""ref:create""#).await;
    let bot = gateway.agent("bot").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&bot.remote("acme/handbook")).await;
    handbook.push(&["HEAD:refs/heads/agents/x"]).await.succeeds();
    handbook.commit("page", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/x"]).await.fails().says("ref:update").says("not-granted");
}

#[tokio::test]
async fn a_tag_that_moves_back_is_forced() {
    let gateway = with_rights(r#""ref:create", "ref:update""#).await;
    let bot = gateway.agent("bot").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&bot.remote("acme/handbook")).await;
    let one = handbook.commit("page", "one").await;
    handbook.push(&["HEAD:refs/tags/agents/v1"]).await.succeeds();
    handbook.git(&["reset", "-q", "--hard", "HEAD~1"]).await.succeeds();
    handbook.push(&["+HEAD:refs/tags/agents/v1"]).await.fails().says("ref:force");
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/tags/agents/v1").await, one);
}

#[tokio::test]
async fn a_caveat_tells_an_update_from_a_force_as_well() {
    use gogs_spanner_capability::{Action, token::Narrowing};

    let gateway = with_rights(r#""ref:create", "ref:update", "ref:force""#).await;
    let bot = gateway.agent("bot").await;
    let gentle = Narrowing::new().actions([Action::ContentsRead, Action::RefCreate, Action::RefUpdate]);
    let gentle = bot.narrow(&gentle);
    let workspace = Workspace::new();
    let handbook = workspace.clone(&gentle.remote("acme/handbook")).await;
    handbook.commit("page", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/x"]).await.succeeds();
    handbook.commit("page", "two").await;
    handbook.push(&["HEAD:refs/heads/agents/x"]).await.succeeds();
    handbook.git(&["commit", "-q", "--amend", "-m", "rewritten"]).await.succeeds();
    handbook.push(&["+HEAD:refs/heads/agents/x"]).await.fails().says("narrowed");
    handbook.under(&bot.remote("acme/handbook")).push(&["+HEAD:refs/heads/agents/x"]).await.succeeds();
}
