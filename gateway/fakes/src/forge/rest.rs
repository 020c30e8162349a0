//! The table of the API: which handler answers which path (`api/v1/api.go`).
//!
//! Of the routes Gogs has, those are here that an automation can be allowed to use, and those a gateway needs for
//! itself. The rest answers as an unknown route does: 404 with a page.

use axum::{http::Method, http::StatusCode, response::Response};
use serde_json::json;

use super::{
    accounts, answer,
    answer::{Answer, Fault},
    call::Call,
    collaborators, comments, commits, contents, files, hooks, issues, labels, milestones, objects, organizations,
    repositories, tokens, write,
};

/// What everybody hears whom the forge does not know, on every path below `/api/v1` (`auth.go:67`). Also what a dead
/// token hears: it looks like this and not like 401.
pub(super) fn anonymous() -> Response {
    let message = "Only authenticated user is allowed to call APIs.";
    answer::json(StatusCode::FORBIDDEN, &json!({"message": message}))
}

pub(super) async fn answer(call: &Call, path: &[&str]) -> Answer {
    match (&call.method, path) {
        (&Method::OPTIONS, _) => Ok(answer::empty(StatusCode::OK)),
        (_, ["users", _, "tokens"]) => tokens::answer(call),
        (_, ["admin", rest @ ..]) => accounts::administer(call, rest).await,
        (&Method::POST, ["markdown"]) => Ok(files::markdown(call)),
        (&Method::GET, ["users", "search"]) => accounts::search(call),
        (&Method::GET, ["users", name]) => accounts::get(call, name),
        (&Method::GET, ["repos", "search"]) => Ok(repositories::search(call)),
        (_, ["repos", owner, name, rest @ ..]) => repository(call, owner, name, rest).await,
        _ => signed_in(call, path).await,
    }
}

/// Routes that take a token and are of no repository. What is no route at all is 404 also for a password.
async fn signed_in(call: &Call, path: &[&str]) -> Answer {
    if let ["user" | "issues" | "org" | "orgs", ..] | ["users", _, "repos"] = path {
        call.needs_token()?;
    }
    match (&call.method, path) {
        (&Method::GET, ["user"]) => accounts::myself(call),
        (&Method::GET, ["user", "emails"]) => accounts::emails(call),
        (&Method::GET, ["user", "keys"]) => accounts::keys(call),
        (&Method::GET, ["user", "repos"]) => repositories::mine(call),
        (&Method::POST, ["user", "repos"]) => repositories::create_mine(call).await,
        (&Method::GET, ["user", "issues"] | ["issues"]) => Ok(issues::assigned(call)),
        (&Method::GET, ["user", "orgs"]) => organizations::mine(call),
        (&Method::POST, ["user", "orgs"]) => organizations::create(call),
        (&Method::POST, ["org", organization, "repos"]) => repositories::create_in(call, organization).await,
        (&Method::GET, ["users" | "orgs", name, "repos"]) => repositories::of(call, name),
        (&Method::GET, ["orgs", name]) => organizations::get(call, name),
        (&Method::GET, ["orgs", name, "teams"]) => organizations::teams(call, name),
        _ => Err(Fault::NoRoute),
    }
}

/// Routes of one repository, by what they are about.
async fn repository(call: &Call, owner: &str, name: &str, path: &[&str]) -> Answer {
    let repository = (owner, name);
    match path {
        [] if call.method == Method::GET => repositories::get(call, repository),
        ["releases"] if call.method == Method::GET => repositories::nothing_yet(call, repository),
        _ => {
            call.needs_token()?;
            match path {
                [] if call.method == Method::DELETE => repositories::delete(call, repository),
                ["forks"] if call.method == Method::GET => repositories::forks(call, repository),
                ["hooks", rest @ ..] => hooks::answer(call, repository, rest),
                ["keys", rest @ ..] => hooks::keys(call, repository, rest),
                ["collaborators", rest @ ..] => collaborators::answer(call, repository, rest),
                ["issues", rest @ ..] => tracker(call, repository, rest),
                ["labels", rest @ ..] => labels::answer(call, repository, rest),
                ["milestones", rest @ ..] => milestones::answer(call, repository, rest),
                ["contents", path @ ..] if call.method == Method::PUT => write::put(call, repository, path).await,
                _ if call.method == Method::GET => git(call, repository, path).await,
                _ => Err(Fault::NoRoute),
            }
        }
    }
}

/// Routes of the issue tracker.
fn tracker(call: &Call, repository: (&str, &str), path: &[&str]) -> Answer {
    match path {
        ["comments"] => comments::all(call, repository),
        ["comments", id] | [_, "comments", id] => comments::one(call, repository, id),
        [number, "comments"] => comments::of_issue(call, repository, number),
        [number, "labels", rest @ ..] => labels::of_issue(call, repository, number, rest),
        rest => issues::answer(call, repository, rest),
    }
}

/// Routes that read what is in Git.
async fn git(call: &Call, repository: (&str, &str), path: &[&str]) -> Answer {
    match path {
        ["contents", path @ ..] => contents::get(call, repository, path).await,
        ["raw", path @ ..] => files::raw(call, repository, path).await,
        ["archive", path @ ..] => files::archive(call, repository, path).await,
        ["editorconfig", name] => files::editorconfig(call, repository, name).await,
        ["git", "trees", revision] => objects::tree(call, repository, revision).await,
        ["git", "blobs", revision] => objects::blob(call, repository, revision).await,
        ["tags"] => commits::tags(call, repository).await,
        ["branches"] => commits::branches(call, repository).await,
        ["branches", name @ ..] => commits::branch(call, repository, &name.join("/")).await,
        ["commits"] => commits::list(call, repository).await,
        ["commits", revision] => commits::one(call, repository, revision).await,
        ["commits", revision @ ..] => commits::digest(call, repository, &revision.join("/")).await,
        _ => Err(Fault::NoRoute),
    }
}
