//! What is asked of a client of Gogs's API, which has a token of ours in the place of one of Gogs's.

use super::bench::{Bench, OTHER, REPOSITORY, shown};

/// The columns of the matrix, in the order they are tried.
pub(super) const OPERATIONS: [&str; 8] =
    ["repository", "list", "issues", "new issue", "comment", "hook", "refused call", "revoked token"];

const TITLE: &str = "From a client";
const HOOK: &str = "https://hooks.example.test/from-a-client";

/// Tries one operation, and says what there is to note of how it was done.
pub(super) async fn play(bench: &Bench, operation: &str) -> String {
    match operation {
        "repository" => reads_the_repository(bench).await,
        "list" => lists_repositories(bench).await,
        "issues" => lists_issues(bench).await,
        "new issue" => opens_an_issue(bench).await,
        "comment" => comments(bench).await,
        "hook" => makes_a_hook(bench).await,
        "refused call" => is_refused(bench).await,
        "revoked token" => is_told_of_its_end(bench).await,
        other => panic!("{other} is no operation"),
    }
}

async fn reads_the_repository(bench: &Bench) -> String {
    let said = bench.run(&["repository"]).await.succeeds().stdout;
    assert!(said.contains(REPOSITORY), "{said}");
    String::new()
}

async fn lists_repositories(bench: &Bench) -> String {
    let said = bench.run(&["list"]).await.succeeds().stdout;
    assert!(said.contains(REPOSITORY) && !said.contains(OTHER), "{said}");
    String::new()
}

async fn lists_issues(bench: &Bench) -> String {
    bench.gateway.forge.open_issue(REPOSITORY, "From a person").await;
    let said = bench.run(&["issues"]).await.succeeds().stdout;
    assert!(said.contains("From a person"), "{said}");
    String::new()
}

async fn opens_an_issue(bench: &Bench) -> String {
    bench.run(&["issue", TITLE]).await.succeeds();
    let issues = bench.gateway.person().get(&format!("/api/v1/repos/{REPOSITORY}/issues")).await.is(200).json();
    // In one second, Gogs lists them in any order.
    let theirs = issues.as_array().and_then(|issues| issues.iter().find(|issue| issue["title"] == TITLE));
    assert_eq!(theirs.expect("the issue")["user"]["username"], "agent-client", "{issues}");
    String::new()
}

async fn comments(bench: &Bench) -> String {
    let number = bench.gateway.forge.open_issue(REPOSITORY, "Please comment").await;
    bench.run(&["comment", &number.to_string(), TITLE]).await.succeeds();
    let path = format!("/api/v1/repos/{REPOSITORY}/issues/{number}/comments");
    let comments = bench.gateway.person().get(&path).await.is(200).json();
    assert_eq!(comments[0]["body"], TITLE, "{comments}");
    String::new()
}

async fn makes_a_hook(bench: &Bench) -> String {
    bench.run(&["hook", HOOK]).await.succeeds();
    let hooks = bench.gateway.person().get(&format!("/api/v1/repos/{REPOSITORY}/hooks")).await.is(200).json();
    assert_eq!(hooks[0]["config"]["url"], HOOK, "{hooks}");
    String::new()
}

/// What nobody granted is asked for, or what no automation is let do.
async fn is_refused(bench: &Bench) -> String {
    let said = bench.run(&["refused"]).await;
    let reason = if said.stdout.contains("upstream-cannot") { "upstream-cannot" } else { "not-granted" };
    shown(&said, reason)
}

/// A call with a token that was revoked.
async fn is_told_of_its_end(bench: &Bench) -> String {
    let line = format!("TOKEN=$REVOKED; export TOKEN; {} list", bench.client.runner);
    shown(&bench.host.shell(&line).await, "token-revoked")
}
