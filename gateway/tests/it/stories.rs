//! The stories that are told before the demonstration forge and before a real Gogs alike.

mod lfs;

pub(crate) use self::lfs::*;

use gogs_spanner_testkit::{Caller, Forge, Setting, TestGateway, WRITER, Workspace};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;

/// A bot clones, pushes a branch of its own, and pushes to it again.
pub(crate) async fn clones_and_pushes(forge: Forge) {
    let gateway = TestGateway::before(forge, Setting::usual()).await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    for text in ["one", "two"] {
        let commit = handbook.commit("docs/page.md", text).await;
        handbook.push(&["HEAD:refs/heads/agents/page"]).await.succeeds();
        assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/page").await, commit);
    }
    let again = workspace.clone(&docs.remote("acme/handbook")).await;
    again.git(&["rev-parse", "origin/agents/page"]).await.succeeds();
}

/// A push to a branch nobody granted is refused where git shows it, and changes nothing.
pub(crate) async fn is_refused_a_branch_with_reason_and_hint(forge: Forge) {
    let gateway = TestGateway::before(forge, Setting::usual()).await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    let before = handbook.head().await;
    handbook.commit("docs/page.md", "one").await;
    let said = handbook.push(&["HEAD:refs/heads/master"]).await.fails();
    said.says("not-granted").says("`refs/heads/master`").says("ask the agent's owner");
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/master").await, before);
}

/// One forbidden ref keeps the others from going.
pub(crate) async fn pushes_all_or_nothing(forge: Forge) {
    let gateway = TestGateway::before(forge, Setting::usual()).await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    let before = handbook.head().await;
    handbook.commit("docs/page.md", "one").await;
    let said = handbook.push(&["HEAD:refs/heads/agents/page", "HEAD:refs/heads/master"]).await.fails();
    said.says("refs/heads/master").says("not-granted");
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/master").await, before);
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/page").await, "");
}

/// An update that throws history away is told from one that does not.
pub(crate) async fn updates_but_does_not_force(forge: Forge) {
    let gateway = TestGateway::before(forge, Setting::usual()).await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&docs.remote("acme/handbook")).await;
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.succeeds();
    let two = handbook.commit("docs/page.md", "two").await;
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.succeeds();
    handbook.git(&["reset", "-q", "--hard", "HEAD~1"]).await.succeeds();
    handbook.commit("docs/page.md", "another two").await;
    handbook.push(&["+HEAD:refs/heads/agents/page"]).await.fails().says("ref:force").says("not-granted");
    handbook.push(&[":refs/heads/agents/page"]).await.fails().says("ref:delete").says("not-granted");
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/page").await, two);
}

/// The API is another door to the same rooms.
pub(crate) async fn writes_files_through_the_api_as_it_could_push_them(forge: Forge) {
    let setting = Setting::usual().agent("stranger", "acme/other", WRITER);
    let gateway = TestGateway::before(forge, setting).await;
    let docs = gateway.agent("docs-writer").await;
    let path = "/api/v1/repos/acme/handbook/contents/docs/api.md";
    let body = |branch: &str| json!({"message": "by API", "content": "aGVsbG8K", "branch": branch});
    docs.send(Method::PUT, path, &body("agents/api")).await.is(201);
    assert_ne!(gateway.forge.tip("acme/handbook", "refs/heads/agents/api").await, "");
    docs.send(Method::PUT, path, &body("master")).await.is(403).is_refused("not-granted");
    docs.send(Method::PUT, path, &json!({"message": "m", "content": "aGVsbG8K"})).await.is(403);
    let stranger = gateway.agent("stranger").await;
    stranger.send(Method::PUT, path, &body("agents/api2")).await.is(403).is_refused("not-granted");
    stranger.get("/api/v1/repos/acme/handbook").await.is(403).is_refused("not-granted");
    docs.get("/api/v1/repos/acme/handbook").await.is(200);
}

/// A wiki is read and written with rights to it, and with no others.
pub(crate) async fn keeps_a_wiki_with_rights_to_it_alone(forge: Forge) {
    let setting = Setting::usual()
        .agent("librarian", "acme/handbook", r#"[{ actions = ["wiki:read", "wiki:write"] }]"#)
        .agent("reader", "acme/handbook", r#"[{ actions = ["wiki:read"] }]"#);
    let gateway = TestGateway::before(forge, setting).await;
    gateway.forge.create_wiki("acme/handbook").await;
    let (librarian, reader) = (gateway.agent("librarian").await, gateway.agent("reader").await);
    let workspace = Workspace::new();
    let wiki = workspace.clone(&librarian.remote("acme/handbook.wiki")).await;
    wiki.commit("Home.md", "one").await;
    wiki.push(&["HEAD:refs/heads/master", "HEAD:refs/heads/draft"]).await.succeeds();
    wiki.git(&["commit", "-q", "--amend", "-m", "rewritten"]).await.succeeds();
    wiki.push(&["+HEAD:refs/heads/master", ":refs/heads/draft"]).await.succeeds();
    let seen = workspace.list(&gateway.person().remote("acme/handbook.wiki")).await.succeeds().stdout;
    assert!(seen.contains(&wiki.head().await) && !seen.contains("draft"), "{seen}");

    let copy = workspace.clone(&reader.remote("acme/handbook.wiki")).await;
    copy.commit("Home.md", "two").await;
    copy.push(&["HEAD:refs/heads/master"]).await.fails().says("`wiki:write`").says("not-granted");
    workspace.list(&librarian.remote("acme/handbook")).await.fails().says("`contents:read`");
    let docs = gateway.agent("docs-writer").await;
    workspace.list(&docs.remote("acme/handbook.wiki")).await.fails().says("`wiki:read`").says("not-granted");
    wiki.under(&docs.remote("acme/handbook.wiki")).push(&["HEAD:refs/heads/agents/x"]).await.fails().says("wiki:write");
}

/// A bot writes in some paths, merges what others did there, and changes nothing else.
pub(crate) async fn is_limited_to_some_paths(forge: Forge, setting: Setting) {
    let rights = r#"[{ actions = ["contents:read"] }, { actions = ["ref:create", "ref:update"],
        refs = ["refs/heads/agents/**"], paths = ["docs/**"], merge_from = ["refs/heads/master"] }]"#;
    let gateway = TestGateway::before(forge, setting.agent("bot", "acme/handbook", rights)).await;
    let (bot, person) = (gateway.agent("bot").await, gateway.person().remote("acme/handbook"));
    let workspace = Workspace::new();
    let handbook = workspace.clone(&bot.remote("acme/handbook")).await;
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.succeeds();

    let theirs = workspace.clone(&person).await;
    theirs.commit("src/main.rs", "reviewed").await;
    theirs.push(&["HEAD:refs/heads/master"]).await.succeeds();
    handbook.git(&["fetch", "-q"]).await.succeeds();
    handbook.git(&["merge", "-q", "-m", "merge", "origin/master"]).await.succeeds();
    let merged = handbook.head().await;
    handbook.push(&["HEAD:refs/heads/agents/page"]).await.succeeds();

    let outside = handbook.commit("src/main.rs", "not reviewed").await;
    let said = handbook.push(&["HEAD:refs/heads/agents/page"]).await.fails();
    said.says("not-granted").says(&format!("refs/heads/agents/page: src/main.rs (commit {outside})"));
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/page").await, merged);
}

/// What no longer holds opens no door.
pub(crate) async fn is_shut_out_once_its_token_is_revoked(forge: Forge) {
    let gateway = TestGateway::before(forge, Setting::usual()).await;
    let docs = gateway.agent("docs-writer").await;
    let workspace = Workspace::new();
    workspace.list(&docs.remote("acme/handbook")).await.succeeds();
    gateway.nobody().revoke(&docs).await.is(200);
    workspace.list(&docs.remote("acme/handbook")).await.fails();
    docs.get("/api/v1/repos/acme/handbook").await.is(401).is_refused("token-revoked");
}

/// The credential a gateway keeps for an agent is found dead, and made anew once.
pub(crate) async fn is_known_to_the_forge_as_itself(forge: Forge) {
    let gateway = TestGateway::before(forge, Setting::usual()).await;
    let docs = gateway.agent("docs-writer").await;
    docs.get("/api/v1/repos/acme/handbook").await.is(200);
    let account = gateway.person().get("/api/v1/users/agent-docs-writer").await.is(200);
    assert_eq!(account.json()["username"], "agent-docs-writer");
}

/// A repository that takes the name of another does not take its agents with it, until an operator says that it is meant.
pub(crate) async fn is_kept_from_a_repository_that_took_a_name(forge: Forge) {
    let gateway = TestGateway::before(forge, Setting::usual()).await;
    let docs = gateway.agent("docs-writer").await;
    docs.get("/api/v1/repos/acme/handbook").await.is(200);
    replace(&gateway, "acme/handbook").await;
    gateway.advance(SignedDuration::from_secs(6));
    let refused = docs.get("/api/v1/repos/acme/handbook").await.is(403).is_refused("repository-identity-changed");
    assert!(refused.text.contains("spanner repository confirm"), "{}", refused.text);
    assert!(gateway.operate(&["repository", "confirm", "acme/handbook"]).await);
    docs.get("/api/v1/repos/acme/handbook").await.is(200);
    Workspace::new().list(&docs.remote("acme/handbook")).await.succeeds();
}

/// Removes a repository and makes another of its name, with the agent's account in it.
pub(crate) async fn replace(gateway: &TestGateway, name: &str) {
    let person = gateway.person();
    person.send(Method::DELETE, &format!("/api/v1/repos/{name}"), &json!(null)).await.is(204);
    gateway.forge.create_private_repository(name).await;
    let account = format!("/api/v1/repos/{name}/collaborators/agent-docs-writer");
    person.send(Method::PUT, &account, &json!({"permission": "write"})).await.is(204);
}
