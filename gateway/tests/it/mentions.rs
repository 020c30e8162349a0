//! Commits that say what Gogs makes a write to issues of: decided as such, at every door a commit comes through.

use gogs_spanner_testkit::{Caller, Forge, Setting, TestGateway, Workspace};
use reqwest::Method;
use serde_json::json;

const REPOSITORY: &str = "/api/v1/repos/acme/handbook";
/// Everything to branches, nothing to issues.
const CODER: &str = r#"[{ actions = ["contents:read"] },
    { actions = ["ref:create", "ref:update", "ref:force"], refs = ["refs/heads/**", "refs/tags/**"] }]"#;
/// The same, and issues.
const TRACKER: &str = r#"[{ actions = ["contents:read", "issues:read", "issues:write"] },
    { actions = ["ref:create", "ref:update", "ref:force"], refs = ["refs/heads/**"] }]"#;

fn setting() -> Setting {
    let setting = Setting::new().agent("coder", "acme/handbook", CODER).repository("acme/secret");
    setting.agent("tracker", "acme/handbook", TRACKER)
}

/// Tells the state of the issue at the end, which only a real Gogs has closed.
pub(crate) async fn writes_issues_only_where_it_may(forge: Forge) -> String {
    let gateway = TestGateway::before(forge, setting()).await;
    let issue = gateway.forge.open_issue("acme/handbook", "a fault").await;
    gateway.forge.open_issue("acme/secret", "a secret fault").await;
    let (coder, tracker) = (gateway.agent("coder").await, gateway.agent("tracker").await);
    let workspace = Workspace::new();
    let handbook = workspace.clone(&coder.remote("acme/handbook")).await;
    let say = async |message: &str| {
        handbook.git(&["commit", "-q", "--allow-empty", "--amend", "-m", message]).await.succeeds();
    };
    handbook.commit("docs/page.md", "one").await;
    say(&format!("mend it\n\nFixes #{issue}")).await;
    let said = handbook.push(&["HEAD:refs/heads/mend"]).await.fails();
    said.says("not-granted").says("`issues:write` on `acme/handbook`").says("`Fixes #1` writes").says("--amend");
    say("mend it, see acme/secret#1").await;
    handbook.push(&["HEAD:refs/heads/mend"]).await.fails().says("`issues:write` on `acme/secret`");
    assert_eq!(gateway.forge.tip("acme/handbook", "refs/heads/mend").await, "");
    say(&format!("mend it, see #{issue}")).await;
    handbook.push(&["HEAD:refs/heads/mend"]).await.succeeds();
    handbook.commit("docs/page.md", "two").await;
    say(&format!("resolved acme/handbook#{issue}")).await;
    let fix = handbook.head().await;
    handbook.push(&["HEAD:refs/heads/mend"]).await.fails().says(&format!("commit {fix}"));
    let body = json!({"message": format!("closes #{issue}"), "content": "YQo=", "branch": "by-api"});
    let refused = coder.send(Method::PUT, &format!("{REPOSITORY}/contents/docs/a.md"), &body).await.is(403);
    refused.is_refused("not-granted").says("issues:write");
    let handbook = handbook.under(&tracker.remote("acme/handbook"));
    handbook.push(&["HEAD:refs/heads/mend"]).await.succeeds();
    tracker.send(Method::PUT, &format!("{REPOSITORY}/contents/docs/a.md"), &body).await.is(201);
    let elsewhere = json!({"message": "see acme/secret#1", "content": "Ygo=", "branch": "by-api-too"});
    let refused = tracker.send(Method::PUT, &format!("{REPOSITORY}/contents/docs/a.md"), &elsewhere).await.is(403);
    refused.says("acme/secret");
    // What the forge has, it has read: a branch that begins there says nothing new.
    handbook.under(&coder.remote("acme/handbook")).push(&["HEAD:refs/heads/from-there"]).await.succeeds();
    let shown = tracker.get(&format!("{REPOSITORY}/issues/{issue}")).await.is(200).json();
    shown["state"].as_str().expect("a state").to_owned()
}

#[tokio::test]
async fn what_a_commit_says_of_issues_is_decided_as_a_write_to_them() {
    writes_issues_only_where_it_may(Forge::demonstration().await).await;
}

#[tokio::test]
async fn a_message_hides_behind_no_encoding_and_no_nul() {
    let gateway = TestGateway::with(setting()).await;
    let coder = gateway.agent("coder").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&coder.remote("acme/handbook")).await;
    handbook.commit("docs/page.md", "one").await;
    let honest = handbook.git(&["cat-file", "-p", "HEAD"]).await.succeeds().stdout;
    let (head, _) = honest.split_once("\n\n").expect("a commit");
    let of = |what: &str| format!("{head}{what} fixes #1\n");
    for (branch, raw) in
        [("utf", of("\nencoding UTF-16\n\nx")), ("ebcdic", of("\nencoding IBM037\n\nx")), ("nul", of("\n\nx\0"))]
    {
        std::fs::write(handbook.path().join(".git/raw"), raw).expect("a file can be written");
        let object = handbook.git(&["hash-object", "-t", "commit", "-w", "--literally", ".git/raw"]).await.succeeds();
        let said = handbook.push(&[&format!("{}:refs/heads/{branch}", object.stdout.trim())]).await.fails();
        said.says("issues:write");
    }
}

#[tokio::test]
async fn tags_and_deletions_say_nothing() {
    let gateway = TestGateway::with(setting()).await;
    let coder = gateway.agent("coder").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&coder.remote("acme/handbook")).await;
    handbook.commit("docs/page.md", "one").await;
    handbook.git(&["commit", "-q", "--amend", "-m", "fixes #1"]).await.succeeds();
    handbook.push(&["HEAD:refs/tags/v1"]).await.succeeds();
    handbook.push(&["HEAD:refs/heads/x"]).await.succeeds();
}

#[tokio::test]
async fn whoever_may_write_issues_is_not_looked_into() {
    let gateway = TestGateway::with(setting()).await;
    let tracker = gateway.agent("tracker").await;
    let workspace = Workspace::new();
    let handbook = workspace.clone(&tracker.remote("acme/handbook")).await;
    handbook.commit("docs/page.md", "one").await;
    gateway.forge.stand_in().recorder().clear();
    handbook.push(&["HEAD:refs/heads/x"]).await.succeeds();
    let fetched = gateway.forge.arrivals().iter().any(|arrival| arrival.target.ends_with("git-upload-pack"));
    assert!(!fetched, "nothing was fetched to look into it");
}

#[tokio::test]
async fn the_write_to_issues_is_written_down_beside_the_write_to_the_branch() {
    let gateway = TestGateway::with(setting()).await;
    let tracker = gateway.agent("tracker").await;
    let body = json!({"message": "closes #1", "content": "YQo=", "branch": "by-api"});
    tracker.send(Method::PUT, &format!("{REPOSITORY}/contents/docs/a.md"), &body).await.is(201);
    let trail = gateway.trail().await;
    let of = |action: &str| trail.iter().find(|line| line.action == action).expect("a record");
    let (branch, issues) = (of("ref:create"), of("issues:write"));
    assert_eq!((&branch.request_id, &branch.result), (&issues.request_id, &issues.result));
    assert_eq!(issues.repository, "acme/handbook");
}
