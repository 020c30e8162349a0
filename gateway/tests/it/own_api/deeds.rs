//! What an agent may do, as the effect that is asked about and as the request that does it.

use gogs_spanner_capability::{Action, Effect, Paths, RefName, RepositoryName, Transfer};
use gogs_spanner_testkit::{Agent, Answer, Caller};
use reqwest::Method;
use serde_json::{Value, json};

/// The file every commit here changes.
pub(super) const PAGE: &str = "docs/page.md";
/// A pack of nothing: all objects are at the forge.
const NO_OBJECTS: &str = "5041434b0000000200000000029d08823bd8a8eab510ad6ac75c823cfd3ed31e";
const NOBODY: &str = "0000000000000000000000000000000000000000";

/// Commits of a repository, of which each but the first changes [`PAGE`]: a line of two, and one beside it.
#[derive(Debug, Clone)]
pub(super) struct Commits {
    pub(super) first: String,
    pub(super) second: String,
    /// After the first, and on no branch the default one holds.
    pub(super) beside: String,
}

/// One thing an agent may do in a repository; branches are named short.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Look,
    Clone,
    ReadFile(&'static str, &'static str),
    ReadIssues,
    OpenIssue,
    ReadWiki,
    PushWiki,
    Push(Action, &'static str),
    PutFile(&'static str, &'static str),
    UploadObject(&'static str),
    ReadHooks,
    MintKey,
    ListUsers,
    CreateRepository,
    DeleteRepository,
}

impl Deed {
    /// What it is decided as.
    pub(super) fn effect(&self, repository: &RepositoryName) -> Effect {
        let on = |action| Effect::on_repository(action, repository);
        let branch = |name: &str| RefName::for_branch(name).expect("a branch");
        let path = |path: &str| vec![path.parse().expect("a path")];
        match self {
            Self::Look => on(Action::RepositoryRead),
            Self::Clone => on(Action::ContentsRead),
            Self::ReadFile(name, file) => on(Action::ContentsRead).at(branch(name)).touching(path(file)),
            Self::ReadIssues => on(Action::IssuesRead),
            Self::OpenIssue => on(Action::IssuesWrite),
            Self::ReadWiki => on(Action::WikiRead),
            Self::PushWiki => on(Action::WikiWrite),
            Self::Push(Action::RefDelete, name) => on(Action::RefDelete).at(branch(name)),
            Self::Push(action, name) => on(*action).at(branch(name)).touching(path(PAGE)),
            Self::PutFile("master", file) => on(Action::RefUpdate).at(branch("master")).touching(path(file)),
            Self::PutFile(name, file) => on(Action::RefCreate).at(branch(name)).touching(path(file)),
            Self::UploadObject(name) => Transfer::Upload(branch(name)).effect(repository),
            Self::ReadHooks => on(Action::RepositoryAdmin),
            Self::MintKey => on(Action::CredentialsMint),
            Self::ListUsers => Effect::unbound(Action::DirectoryRead),
            Self::CreateRepository => Effect::unbound(Action::RepositoryCreate),
            Self::DeleteRepository => on(Action::RepositoryDelete),
        }
    }

    /// Does it. Nothing of it changes what another deed finds: what is let through is refused by the forge.
    pub(super) async fn done(&self, agent: &Agent, repository: &RepositoryName, commits: &Commits) -> Answer {
        let api = |call: &str| format!("/api/v1/repos/{repository}{call}");
        let post = async |path: String| agent.send(Method::POST, &path, &json!({"title": "t", "key": "k"})).await;
        match self {
            Self::Look => agent.get(&api("")).await,
            Self::Clone => agent.get(&format!("/{repository}.git/info/refs?service=git-upload-pack")).await,
            Self::ReadFile(branch, path) => agent.get(&api(&format!("/contents/{path}?ref={branch}"))).await,
            Self::ReadIssues => agent.get(&api("/issues")).await,
            Self::OpenIssue => post(api("/issues")).await,
            Self::ReadWiki => agent.get(&format!("/{repository}.wiki.git/info/refs?service=git-upload-pack")).await,
            Self::PushWiki => push(agent, &format!("{repository}.wiki"), NOBODY, &commits.second, "master").await,
            Self::Push(action, branch) => {
                let Commits { first, second, beside } = commits;
                let (old, new) = match action {
                    Action::RefCreate => (NOBODY, &**beside),
                    Action::RefUpdate => (&**first, &**second),
                    Action::RefForce => (&**second, &**first),
                    _ => (&**second, NOBODY),
                };
                push(agent, repository.as_str(), old, new, branch).await
            }
            Self::PutFile(branch, path) => {
                let file = json!({"message": "m", "content": "no base64", "branch": branch});
                agent.send(Method::PUT, &api(&format!("/contents/{path}")), &file).await
            }
            Self::UploadObject(branch) => upload(agent, repository, branch).await,
            Self::ReadHooks => agent.get(&api("/hooks")).await,
            Self::MintKey => post(api("/keys")).await,
            Self::ListUsers => agent.get("/api/v1/users/search?q=x").await,
            Self::CreateRepository => post("/api/v1/user/repos".to_owned()).await,
            Self::DeleteRepository => agent.send(Method::DELETE, &api(""), &Value::Null).await,
        }
    }
}

/// The question about an effect.
pub(super) fn question(effect: &Effect) -> Value {
    let mut question = json!({ "action": effect.action });
    if let Some(repository) = effect.repository() {
        question["repository"] = json!(repository);
    }
    if let Some(reference) = &effect.reference {
        question["ref"] = json!(reference);
    }
    if let Paths::Known(touches) = &effect.paths {
        question["paths"] = touches.iter().map(|touch| Value::from(touch.to_string())).collect();
    }
    question
}

/// A push of one command, byte by byte. No ref is where it says, so the forge takes none of them.
async fn push(agent: &Agent, repository: &str, old: &str, new: &str, branch: &str) -> Answer {
    let command = format!("{old} {new} refs/heads/{branch}\0report-status side-band-64k");
    let mut body = format!("{:04x}{command}0000", command.len() + 4).into_bytes();
    if new != NOBODY {
        body.extend(hex::decode(NO_OBJECTS).expect("hexadecimal"));
    }
    let request = agent.request(Method::POST, &format!("/{repository}.git/git-receive-pack"));
    agent.answered(request.header("content-type", "application/x-git-receive-pack-request").body(body)).await
}

async fn upload(agent: &Agent, repository: &RepositoryName, branch: &str) -> Answer {
    let batch = json!({
        "operation": "upload", "ref": {"name": format!("refs/heads/{branch}")},
        "objects": [{"oid": "0a".repeat(32), "size": 1}],
    });
    let request = agent.request(Method::POST, &format!("/{repository}.git/info/lfs/objects/batch"));
    let request = request.header("content-type", "application/vnd.git-lfs+json").body(batch.to_string());
    agent.answered(request).await
}
