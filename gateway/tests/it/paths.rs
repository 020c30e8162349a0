//! Rights and caveats that speak of paths: what a push changes is found out, and nothing of it hides.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

use gogs_spanner_capability::token::Narrowing;
use gogs_spanner_testkit::{Caller, Clone, Forge, Said, Setting, TestGateway, WRITER, Workspace};
use reqwest::Method;
use serde_json::json;

use crate::stories;

/// Branches and tags of its own, in `docs/` only.
const DOCS: &str = r#"[{ actions = ["contents:read"] },
    { actions = ["ref:create", "ref:update", "ref:force", "ref:delete"],
      refs = ["refs/heads/agents/**", "refs/tags/agents/**"], paths = ["docs/**"] }]"#;

/// The same, and what is on `master` may be merged.
const MERGING: &str = r#"[{ actions = ["contents:read"] },
    { actions = ["ref:create", "ref:update"], refs = ["refs/heads/agents/**"], paths = ["docs/**"],
      merge_from = ["refs/heads/master"] }]"#;

const BRANCH: &str = "HEAD:refs/heads/agents/x";

async fn with(rights: &str) -> TestGateway {
    TestGateway::with(Setting::new().agent("bot", "acme/handbook", rights)).await
}

async fn copy<'a>(gateway: &TestGateway, workspace: &'a Workspace) -> Clone<'a> {
    workspace.clone(&gateway.agent("bot").await.remote("acme/handbook")).await
}

/// Somebody else's commit, behind the gateway's back.
async fn somebody_commits(gateway: &TestGateway, branch: &str, path: &str) -> String {
    gateway.forge.stand_in().commit("acme/handbook", branch, path, b"theirs").await.expect("a commit")
}

async fn git(copy: &Clone<'_>, arguments: &[&str]) -> Said {
    copy.git(arguments).await.succeeds()
}

/// Commits the index as it is.
async fn commit(copy: &Clone<'_>) -> String {
    git(copy, &["commit", "-q", "-m", "as it is"]).await;
    copy.head().await
}

#[tokio::test]
async fn a_bot_is_limited_to_some_paths() {
    stories::is_limited_to_some_paths(Forge::demonstration().await, Setting::new()).await;
}

#[tokio::test]
async fn a_bot_is_limited_to_some_paths_beside_the_store() {
    stories::is_limited_to_some_paths(Forge::demonstration().await, Setting::new().beside_the_store()).await;
}

#[tokio::test]
async fn a_change_that_is_taken_back_in_the_same_push_is_found() {
    let gateway = with(DOCS).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    let hidden = handbook.commit("src/a.rs", "evil").await;
    git(&handbook, &["rm", "-q", "src/a.rs"]).await;
    let back = commit(&handbook).await;
    handbook.commit("docs/page.md", "harmless").await;
    let said = handbook.push(&[BRANCH]).await.fails().says("not-granted");
    said.says(&format!("src/a.rs (commit {hidden})")).says(&format!("src/a.rs (commit {back})"));
}

#[tokio::test]
async fn what_a_merge_slips_in_is_found() {
    let gateway = with(MERGING).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&[BRANCH]).await.succeeds();
    somebody_commits(&gateway, "master", "src/a.rs").await;
    git(&handbook, &["fetch", "-q"]).await;
    git(&handbook, &["merge", "-q", "--no-commit", "origin/master"]).await;
    std::fs::write(handbook.path().join("src/b.rs"), "evil").expect("a file");
    git(&handbook, &["add", "src/b.rs"]).await;
    let merge = commit(&handbook).await;
    let said = handbook.push(&[BRANCH]).await.fails();
    said.says(&format!("src/b.rs (commit {merge})")).does_not_say("src/a.rs");
}

#[tokio::test]
async fn a_branch_is_kept_current_only_by_who_may_merge() {
    for (rights, may) in [(MERGING, true), (DOCS, false)] {
        let gateway = with(rights).await;
        let workspace = Workspace::new();
        let handbook = copy(&gateway, &workspace).await;
        handbook.commit("docs/page.md", "one").await;
        handbook.push(&[BRANCH]).await.succeeds();
        somebody_commits(&gateway, "master", "src/a.rs").await;
        git(&handbook, &["fetch", "-q"]).await;
        git(&handbook, &["merge", "-q", "-m", "merge", "origin/master"]).await;
        let said = handbook.push(&[BRANCH]).await;
        assert_eq!(said.code == 0, may, "{}", said.stderr);
        assert!(may || said.stderr.contains("src/a.rs (differs from what was there before)"), "{}", said.stderr);
    }
}

#[tokio::test]
async fn what_is_merged_from_anywhere_else_counts() {
    let gateway = with(MERGING).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&[BRANCH]).await.succeeds();
    somebody_commits(&gateway, "unreviewed", "src/a.rs").await;
    git(&handbook, &["fetch", "-q"]).await;
    git(&handbook, &["merge", "-q", "-m", "merge", "origin/unreviewed"]).await;
    handbook.push(&[BRANCH]).await.fails().says("src/a.rs (differs from what was there before)");
}

#[tokio::test]
async fn a_caveat_of_paths_leaves_no_merging() {
    let gateway = with(MERGING).await;
    let bot = gateway.agent("bot").await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&[BRANCH]).await.succeeds();
    somebody_commits(&gateway, "master", "src/a.rs").await;
    git(&handbook, &["fetch", "-q"]).await;
    git(&handbook, &["merge", "-q", "-m", "merge", "origin/master"]).await;
    let less = bot.narrow(&Narrowing::new().paths_under("docs/"));
    let handbook = handbook.under(&less.remote("acme/handbook"));
    handbook.push(&[BRANCH]).await.fails().says("narrowed").says("src/a.rs");
    handbook.under(&bot.remote("acme/handbook")).push(&[BRANCH]).await.succeeds();
}

#[tokio::test]
async fn somebodys_unreviewed_work_is_not_made_ones_own() {
    let gateway = with(DOCS).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    handbook.push(&[BRANCH]).await.succeeds();
    somebody_commits(&gateway, "unreviewed", "src/a.rs").await;
    git(&handbook, &["fetch", "-q"]).await;
    for target in ["refs/heads/agents/x", "refs/heads/agents/y", "refs/tags/agents/v1"] {
        let said = handbook.push(&[&format!("origin/unreviewed:{target}")]).await.fails();
        said.says("src/a.rs (differs from what was there before)");
    }
}

#[tokio::test]
async fn a_branch_may_begin_at_an_old_commit_and_with_nothing_new() {
    let gateway = with(DOCS).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    let old = handbook.head().await;
    somebody_commits(&gateway, "master", "src/a.rs").await;
    git(&handbook, &["fetch", "-q"]).await;
    handbook.push(&[&format!("{old}:refs/heads/agents/old"), "origin/master:refs/heads/agents/new"]).await.succeeds();
    git(&handbook, &["commit", "-q", "--allow-empty", "-m", "nothing"]).await;
    handbook.push(&["HEAD:refs/heads/agents/old"]).await.succeeds();
    let less = gateway.agent("bot").await.narrow(&Narrowing::new().paths_under("docs/"));
    handbook.under(&less.remote("acme/handbook")).push(&["HEAD:refs/heads/agents/empty"]).await.succeeds();
}

#[tokio::test]
async fn a_history_of_its_own_is_all_new() {
    let gateway = with(DOCS).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    git(&handbook, &["checkout", "-q", "--orphan", "alone"]).await;
    commit(&handbook).await;
    handbook.push(&[BRANCH]).await.fails().says("README.md (commit ");
    git(&handbook, &["mv", "README.md", "docs-README.md"]).await;
    git(&handbook, &["rm", "-q", "-f", "docs-README.md"]).await;
    std::fs::create_dir_all(handbook.path().join("docs")).expect("a directory");
    std::fs::write(handbook.path().join("docs/a.md"), "a").expect("a file");
    git(&handbook, &["add", "docs/a.md"]).await;
    git(&handbook, &["commit", "-q", "--amend", "-m", "documents only"]).await;
    handbook.push(&[BRANCH]).await.succeeds();
}

#[tokio::test]
async fn every_kind_of_entry_is_a_path_and_a_rename_is_two() {
    let gateway = with(DOCS).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    let master = handbook.head().await;
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&[BRANCH]).await.succeeds();
    let submodule = format!("160000,{master},vendor");
    let link = handbook.git(&["hash-object", "-w", "docs/page.md"]).await.succeeds().stdout;
    let link = format!("120000,{},link", link.trim());
    for (changes, path) in [
        (&[&["mv", "docs/page.md", "page.md"][..]][..], "page.md"),
        (&[&["mv", "README.md", "docs/README.md"]], "README.md"),
        (&[&["update-index", "--add", "--cacheinfo", &submodule]], "vendor"),
        (&[&["update-index", "--add", "--cacheinfo", &link]], "link"),
        (&[&["update-index", "--chmod=+x", "README.md"]], "README.md"),
        (&[&["mv", "docs/page.md", "Docs"]], "Docs"),
        (&[&["rm", "-q", "README.md"]], "README.md"),
        (&[&["mv", "README.md", "docs2"]], "docs2"),
    ] {
        for change in changes {
            git(&handbook, change).await;
        }
        let at = commit(&handbook).await;
        handbook.push(&[BRANCH]).await.fails().says(&format!("refs/heads/agents/x: {path} (commit {at})"));
        git(&handbook, &["reset", "-q", "--hard", "HEAD~1"]).await;
    }
    for name in ["docs/vendor", "docs/link"] {
        let entry = if name.ends_with("link") { link.replace("link", name) } else { submodule.replace("vendor", name) };
        git(&handbook, &["update-index", "--add", "--cacheinfo", &entry]).await;
    }
    commit(&handbook).await;
    handbook.push(&[BRANCH]).await.succeeds();
}

#[tokio::test]
async fn a_name_no_pattern_can_hold_is_in_no_right() {
    for name in [&b"docs/\xff.md"[..], b"docs/a\nb.md", b"docs/\x1b[31m.md"] {
        let gateway = with(DOCS).await;
        let workspace = Workspace::new();
        let handbook = copy(&gateway, &workspace).await;
        std::fs::create_dir_all(handbook.path().join("docs")).expect("a directory");
        std::fs::write(handbook.path().join(OsStr::from_bytes(name)), "a").expect("a file");
        git(&handbook, &["add", "-A"]).await;
        commit(&handbook).await;
        let escaped = name.escape_ascii().to_string();
        handbook.push(&[BRANCH]).await.fails().says("not-granted").says(&format!("\"{escaped}\" (commit "));
        let less = gateway.agent("bot").await.narrow(&Narrowing::new().paths_under("docs/"));
        handbook.under(&less.remote("acme/handbook")).push(&[BRANCH]).await.fails();
    }
}

#[tokio::test]
async fn a_tag_brings_what_it_names() {
    let gateway = with(DOCS).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    git(&handbook, &["tag", "-a", "-m", "good", "good"]).await;
    git(&handbook, &["tag", "-a", "-m", "of a tag", "twice", "good"]).await;
    handbook.push(&["good:refs/tags/agents/good", "twice:refs/tags/agents/twice"]).await.succeeds();
    let evil = handbook.commit("src/a.rs", "evil").await;
    git(&handbook, &["tag", "-a", "-m", "evil", "evil"]).await;
    handbook.push(&["evil:refs/tags/agents/v1"]).await.fails().says(&format!("src/a.rs (commit {evil})"));
    handbook.push(&["+evil:refs/tags/agents/good"]).await.fails().says("ref:force").says("src/a.rs");
    for part in ["HEAD^{tree}", "HEAD:README.md"] {
        let said = handbook.push(&[&format!("{part}:refs/tags/agents/part")]).await.fails();
        said.says("paths-not-inspected");
    }
}

#[tokio::test]
async fn a_deletion_takes_all_paths_and_a_force_both_trees() {
    let gateway = with(DOCS).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&[BRANCH]).await.succeeds();
    handbook.push(&[":refs/heads/agents/x"]).await.fails().says("ref:delete").says("not-granted");
    let less = gateway.agent("bot").await.narrow(&Narrowing::new().paths_under("docs/"));
    let handbook = handbook.under(&less.remote("acme/handbook"));
    handbook.push(&[":refs/heads/agents/x"]).await.fails().says("not-granted");
    git(&handbook, &["commit", "-q", "--amend", "-m", "rewritten"]).await;
    handbook.push(&[&format!("+{BRANCH}")]).await.succeeds();
    somebody_commits(&gateway, "agents/x", "src/a.rs").await;
    git(&handbook, &["fetch", "-q"]).await;
    git(&handbook, &["commit", "-q", "--amend", "-m", "rewritten again"]).await;
    let said = handbook.push(&[&format!("+{BRANCH}")]).await.fails();
    said.says("ref:force").says("src/a.rs (differs from what was there before)");
}

#[tokio::test]
async fn each_ref_has_its_own_paths_and_each_path_needs_one_right() {
    let rights = r#"[{ actions = ["contents:read"] },
        { actions = ["ref:create"], refs = ["refs/heads/agents/docs/*"], paths = ["docs/**"] },
        { actions = ["ref:create"], refs = ["refs/heads/agents/src/*"], paths = ["src/**"] },
        { actions = ["ref:create"], refs = ["refs/heads/agents/both/*"], paths = ["docs/**"] },
        { actions = ["ref:create"], refs = ["refs/heads/agents/both/*"], paths = ["src/**"] }]"#;
    let gateway = with(rights).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    let docs = handbook.commit("docs/a.md", "a").await;
    git(&handbook, &["reset", "-q", "--hard", "HEAD~1"]).await;
    let src = handbook.commit("src/a.rs", "a").await;
    let refs =
        |docs: &str, src: &str| [format!("{docs}:refs/heads/agents/docs/x"), format!("{src}:refs/heads/agents/src/x")];
    let said = handbook.push(&refs(&src, &docs).each_ref().map(String::as_str)).await.fails();
    said.says("refs/heads/agents/docs/x: src/a.rs").says("refs/heads/agents/src/x: docs/a.md");
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/agents/docs/x").await, "");
    handbook.push(&refs(&docs, &src).each_ref().map(String::as_str)).await.succeeds();
    handbook.commit("docs/a.md", "a").await;
    handbook.push(&["HEAD:refs/heads/agents/both/x"]).await.succeeds();
    handbook.commit("other", "a").await;
    handbook.push(&["HEAD:refs/heads/agents/both/y"]).await.fails().says("other (commit ");
}

#[tokio::test]
async fn a_narrowed_token_pushes_below_its_prefix_and_nowhere_else() {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", WRITER)).await;
    let less = gateway.agent("bot").await.narrow(&Narrowing::new().paths_under("docs/"));
    let workspace = Workspace::new();
    let handbook = workspace.clone(&less.remote("acme/handbook")).await;
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&[BRANCH]).await.succeeds();
    let evil = handbook.commit("src/a.rs", "one").await;
    handbook.push(&[BRANCH]).await.fails().says("narrowed").says(&format!("src/a.rs (commit {evil})"));
}

#[tokio::test]
async fn a_file_put_through_the_api_is_decided_as_its_push_would_be() {
    let gateway = with(DOCS).await;
    let bot = gateway.agent("bot").await;
    let workspace = Workspace::new();
    for (at, path) in ["docs/a.md", "docs/deep/a.md", "a.md", "Docs/a.md", "docs", "docsa/b"].into_iter().enumerate() {
        let handbook = copy(&gateway, &workspace).await;
        handbook.commit(path, "a").await;
        let pushed = handbook.push(&[&format!("HEAD:refs/heads/agents/pushed-{at}")]).await;
        let body = json!({"message": "m", "content": "YQ==", "branch": format!("agents/put-{at}")});
        let put = bot.send(Method::PUT, &format!("/api/v1/repos/acme/handbook/contents/{path}"), &body).await;
        assert_eq!(pushed.code == 0, put.status == 201, "{path}: {} and {}", pushed.stderr, put.status);
    }
}

#[tokio::test]
async fn nobody_looks_where_no_rule_speaks_of_paths() {
    let gateway = TestGateway::with(Setting::new().agent("bot", "acme/handbook", WRITER)).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    handbook.commit("src/a.rs", "one").await;
    handbook.push(&[BRANCH]).await.succeeds();
    let mirrors = std::fs::read_dir(gateway.directory().join("spool/mirrors")).expect("a directory");
    assert_eq!(mirrors.count(), 0, "the pack flowed through");
}

#[tokio::test]
async fn the_trail_names_the_paths_of_a_push() {
    let gateway = with(DOCS).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    handbook.commit("docs/page.md", "one").await;
    handbook.push(&[BRANCH]).await.succeeds();
    let evil = handbook.commit("src/a.rs", "one").await;
    handbook.push(&[BRANCH]).await.fails();
    let trail = gateway.trail().await;
    let of = |action: &str| trail.iter().find(|line| line.action == action).expect("a line of that action");
    assert_eq!(of("ref:create").paths, ["docs/page.md"]);
    assert_eq!(of("ref:update").paths, ["src/a.rs"]);
    assert!(of("ref:update").result.as_deref().is_some_and(|truth| truth.contains(&evil)));
}

#[tokio::test]
async fn a_refusal_lists_what_fits_on_a_screen_and_counts_the_rest() {
    let gateway = with(DOCS).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    std::fs::create_dir_all(handbook.path().join("src")).expect("a directory");
    for number in 10..42 {
        std::fs::write(handbook.path().join(format!("src/{number}")), "a").expect("a file");
    }
    git(&handbook, &["add", "-A"]).await;
    commit(&handbook).await;
    let said = handbook.push(&[BRANCH]).await.fails().says("in `src/10` and 31 more (not-granted)");
    said.says("src/29 (commit ").does_not_say("src/30 ").says("and 12 more").says("hint:");
}

#[tokio::test]
async fn a_ref_nobody_looked_at_is_not_blamed_for_another() {
    let gateway = with(DOCS).await;
    let workspace = Workspace::new();
    let handbook = copy(&gateway, &workspace).await;
    handbook.commit("docs/page.md", "one").await;
    let said = handbook.push(&[BRANCH, "HEAD:refs/heads/master"]).await.fails();
    said.says("no right to `ref:update` on `refs/heads/master`")
        .says("not attempted: another ref was refused")
        .does_not_say("paths-not-inspected");
}
