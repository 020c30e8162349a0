//! Rights to read that are limited to refs or paths: kept by what names one branch and one path, refused to everything else.

use gogs_spanner_capability::{Action, token::Narrowing};
use gogs_spanner_testkit::{Agent, Caller, Forge, Setting, TestGateway, Workspace};

const REPOSITORY: &str = "/api/v1/repos/acme/handbook";
/// One who fills the repository, and may read all of it.
const FILLER: &str = r#"[{ actions = ["contents:read"] },
    { actions = ["ref:create", "ref:update", "ref:delete"], refs = ["refs/heads/**", "refs/tags/**"] }]"#;
/// Some refs and some paths.
const LIMITED: &str = r#"[{ actions = ["contents:read"], refs = ["refs/heads/master", "refs/heads/agents/**"],
    paths = ["docs", "docs/*.md", ".editorconfig"] }]"#;
/// Some refs, whatever the path.
const BY_REF: &str = r#"[{ actions = ["contents:read"], refs = ["refs/heads/master"] }]"#;
/// Some paths, whatever the ref.
const BY_PATH: &str = r#"[{ actions = ["contents:read"], paths = ["docs/**"] }]"#;

/// A gateway whose repository has two branches to be read, one that is not, and tags that stand in the way.
async fn filled(forge: Forge) -> TestGateway {
    let setting = Setting::new().agent("filler", "acme/handbook", FILLER).agent("limited", "acme/handbook", LIMITED);
    let setting = setting.agent("by-ref", "acme/handbook", BY_REF).agent("by-path", "acme/handbook", BY_PATH);
    let gateway = TestGateway::before(forge, setting).await;
    let filler = gateway.agent("filler").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&filler.remote("acme/handbook")).await;
    for path in ["docs/a.md", "docs/sub/b.md", "docs/c.bin", "src/main.rs"] {
        handbook.commit(path, "open").await;
    }
    handbook.commit(".editorconfig", "root = true\n\n[*]\nindent_style = space\n").await;
    handbook.push(&["HEAD:refs/heads/master", "HEAD:refs/heads/agents/x"]).await.succeeds();
    handbook.commit("docs/a.md", "secret").await;
    handbook.commit("x/docs/a.md", "secret").await;
    handbook.push(&["HEAD:refs/heads/secret", "HEAD:refs/tags/master", "HEAD:refs/tags/agents/v1"]).await.succeeds();
    gateway
}

/// What a file says, by `contents`.
async fn content(agent: &Agent, query: &str) -> String {
    let file = agent.get(&format!("{REPOSITORY}/contents/docs/a.md{query}")).await.is(200).json();
    assert_eq!(file["path"], "docs/a.md");
    file["content"].as_str().expect("a file").to_owned()
}

async fn names(agent: &Agent, path: &str) -> Vec<String> {
    let listed = agent.get(&format!("{REPOSITORY}/{path}")).await.is(200).json();
    let rows = listed.as_array().expect("a directory").iter();
    rows.map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
}

/// One path of one branch is read by whoever may read that, in every way that names both.
pub(crate) async fn reads_a_path_of_a_branch(forge: Forge) {
    let gateway = filled(forge).await;
    let limited = gateway.agent("limited").await;
    let open = content(&gateway.agent("filler").await, "?ref=refs/heads/master").await;
    for query in ["", "?ref=", "?ref=master", "?ref=refs/heads/master", "?ref=agents/x", "?ref=agents%2Fx"] {
        assert_eq!(content(&limited, query).await, open, "{query}: the branch, although a tag bears its name");
    }
    for path in ["raw/master/docs/a.md", "raw/agents/x/docs/a.md"] {
        assert_eq!(limited.get(&format!("{REPOSITORY}/{path}")).await.is(200).text, "open", "{path}");
        assert_eq!(limited.get(&format!("/acme/handbook/{path}")).await.is(200).text, "open", "{path}");
    }
    limited.get(&format!("{REPOSITORY}/editorconfig/x.rs")).await.is(200);
    assert_eq!(names(&limited, "contents/docs").await, ["a.md"], "what the right does not hold is left out");
    let read = gateway.trail().await.into_iter().rev().find(|line| line.paths.iter().any(|path| path == "docs/a.md"));
    assert_eq!(read.expect("a record").reference.as_deref(), Some("refs/heads/agents/x"));
}

/// Another branch, another path, and what cannot be told to be the branch, is refused.
pub(crate) async fn is_refused_what_is_not_that_path_of_that_branch(forge: Forge) {
    let gateway = filled(forge).await;
    let limited = gateway.agent("limited").await;
    let secret = gateway.forge.tip("acme/handbook", "refs/heads/secret").await;
    let refused = async |path: &str, status: u16, reason: &str| {
        limited.get(&format!("{REPOSITORY}/{path}")).await.is(status).is_refused(reason)
    };
    for revision in ["secret", "refs/heads/secret", "refs/tags/master", "HEAD", "HEAD~1", "master~1", &secret] {
        refused(&format!("contents/docs/a.md?ref={revision}"), 403, "not-granted").await;
    }
    refused("contents/docs/a.md?ref=agents/v1", 404, "id-absent").await.says("names no branch");
    refused("contents/docs/a.md?ref=agents/absent", 404, "id-absent").await;
    for path in ["contents/src/main.rs", "contents/docs/sub/b.md", "contents/docs/c.bin", "contents/src", "contents"] {
        refused(path, 403, "not-granted").await;
    }
    for path in ["raw/secret/docs/a.md", "raw/master/src/main.rs", &format!("raw/{secret}/docs/a.md"), "raw/master"] {
        refused(path, 403, "not-granted").await;
    }
    refused("raw/agents/v1/docs/a.md", 404, "id-absent").await;
    for path in ["archive/master.zip", "branches/master", "branches", "tags", "commits/master", "commits", "releases"] {
        refused(path, 403, "not-granted").await.says("`contents` and `raw` of a branch");
    }
    refused(&format!("git/trees/{secret}"), 403, "not-granted").await;
    let workspace = Workspace::new();
    workspace.try_clone(&limited.remote("acme/handbook")).await.fails().says("not-granted");
    let filler = workspace.clone(&gateway.agent("filler").await.remote("acme/handbook")).await;
    filler.push(&[":refs/tags/agents/v1"]).await.succeeds();
    filler.push(&["origin/secret:refs/tags/agents"]).await.succeeds();
    refused("raw/agents/x/docs/a.md", 403, "not-granted").await.says("`agents` is a tag");
    assert!(gateway.forge.tip("acme/handbook", "refs/tags/agents").await == secret);
}

#[tokio::test]
async fn one_path_of_one_branch_is_read() {
    reads_a_path_of_a_branch(Forge::demonstration().await).await;
}

#[tokio::test]
async fn what_is_not_that_path_of_that_branch_is_refused() {
    is_refused_what_is_not_that_path_of_that_branch(Forge::demonstration().await).await;
}

#[tokio::test]
async fn a_right_to_some_refs_reads_every_path_of_them() {
    let gateway = filled(Forge::demonstration().await).await;
    let reader = gateway.agent("by-ref").await;
    for path in ["contents/src/main.rs", "contents", "contents/docs?ref=master", "branches/master"] {
        reader.get(&format!("{REPOSITORY}/{path}")).await.is(200);
    }
    for path in ["contents?ref=secret", "branches/secret", "branches/agents/x", "branches", "archive/master.zip"] {
        reader.get(&format!("{REPOSITORY}/{path}")).await.is(403).is_refused("not-granted");
    }
}

#[tokio::test]
async fn a_right_to_some_paths_reads_them_at_every_revision() {
    let gateway = filled(Forge::demonstration().await).await;
    let reader = gateway.agent("by-path").await;
    let secret = gateway.forge.tip("acme/handbook", "refs/heads/secret").await;
    let (open, changed) =
        (content(&reader, "?ref=refs/heads/master").await, content(&reader, &format!("?ref={secret}")).await);
    assert_ne!(open, changed);
    assert_eq!(content(&reader, "?ref=agents/v1").await, changed);
    assert_eq!(names(&reader, "contents/docs/sub").await, ["b.md"]);
    reader.get(&format!("{REPOSITORY}/contents/src/main.rs?ref={secret}")).await.is(403).is_refused("not-granted");
}

#[tokio::test]
async fn caveats_limit_reads_as_rights_do() {
    let gateway = filled(Forge::demonstration().await).await;
    let filler = gateway.agent("filler").await;
    let looking = [Action::RepositoryRead];
    let by_ref = filler.narrow(&Narrowing::new().refs_under("refs/heads/agents/").besides(looking));
    let file = |query: &str| format!("{REPOSITORY}/contents/docs/a.md{query}");
    by_ref.get(&file("?ref=agents/x")).await.is(200);
    by_ref.get(&file("?ref=secret")).await.is(403).is_refused("narrowed");
    by_ref.get(&file("")).await.is(403).is_refused("narrowed");
    let by_path = filler.narrow(&Narrowing::new().paths_under("docs/").besides(looking));
    by_path.get(&file("?ref=secret")).await.is(200);
    by_path.get(&format!("{REPOSITORY}/raw/secret/docs/a.md")).await.is(200);
    by_path.get(&format!("{REPOSITORY}/contents/src/main.rs")).await.is(403).is_refused("narrowed");
    let beside = filler.narrow(&Narrowing::new().paths_under("docs/"));
    beside.get(&format!("{REPOSITORY}/contents/src/main.rs")).await.is(200);
}

#[tokio::test]
async fn whoever_may_read_nothing_asks_the_forge_nothing() {
    let issues = r#"[{ actions = ["issues:read"] }]"#;
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", issues)).await;
    let bot = gateway.agent("bot").await;
    bot.get(REPOSITORY).await.is(200);
    gateway.forge.stand_in().recorder().clear();
    for path in ["contents/README.md", "raw/master/README.md", "branches/master", "editorconfig/x"] {
        bot.get(&format!("{REPOSITORY}/{path}")).await.is(403).is_refused("not-granted");
    }
    assert!(gateway.forge.arrivals().is_empty());
}

#[tokio::test]
async fn no_more_beginnings_of_a_path_than_eight_are_asked_about() {
    let agents = r#"[{ actions = ["contents:read"], refs = ["refs/heads/**"], paths = ["docs/**", "**/z"] }]"#;
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", agents)).await;
    let bot = gateway.agent("bot").await;
    bot.get(REPOSITORY).await.is(200);
    gateway.forge.stand_in().recorder().clear();
    let deep = format!("{REPOSITORY}/raw/{}z", "a/".repeat(40));
    bot.get(&deep).await.is(404).is_refused("id-absent");
    assert_eq!(gateway.forge.arrivals().len(), 8);
}
