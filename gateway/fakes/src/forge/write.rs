//! Writing a file through the API, by Git's plumbing (`PUT /contents/*`).
//!
//! The branch decides what happens, in a way nobody would guess (recorded): none means the default branch; the default
//! branch is updated; a branch that does not exist is created *from the default branch*; one that exists and is not
//! the default is 500. A `sha` in the body is ignored.

use std::{ffi::OsStr, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::json;

use super::{
    account::Account,
    answer::{self, Answer, Fault},
    call::{Call, Target},
    commits, contents,
    core::Core,
    git::{GitFailure, line},
    repository::Access,
};

#[derive(Deserialize)]
struct NewFile {
    #[serde(default)]
    message: String,
    #[serde(default)]
    content: String,
    #[serde(default)]
    branch: String,
}

/// A commit to be: one file more or changed.
pub(super) struct Change<'a> {
    pub(super) path: &'a str,
    pub(super) content: &'a [u8],
    pub(super) message: &'a str,
    pub(super) author: &'a Account,
    /// `None` commits as the author.
    pub(super) committer: Option<(&'a str, &'a str)>,
}

pub(super) async fn put(call: &Call, (owner, name): (&str, &str), path: &[&str]) -> Answer {
    let target = call.repository(owner, name, Access::Write)?;
    let form: NewFile = call.json()?;
    let content = STANDARD.decode(&form.content).map_err(|_| Fault::Broken)?;
    let path = contents::clean(path);
    let branch = if form.branch.is_empty() { &target.default_branch } else { &form.branch };
    let base = base_of(call, &target, branch).await?;
    let author = call.forge.state().accounts.get(&call.caller.id).ok_or(Fault::Broken)?.clone();
    let message = if form.message.is_empty() { format!("Update '{path}'") } else { form.message };
    let change = Change { path: &path, content: &content, message: &message, author: &author, committer: None };
    let commit = commit(&call.forge, &target.directory, base.as_deref(), &change).await?;
    advance(&call.forge, &target.directory, branch, &commit).await?;
    let entry = contents::entries(&call.forge, &target, &commit, &path).await?.into_iter().next();
    let entry = entry.ok_or(Fault::Broken)?;
    answer::created(&json!({
        "commit": commits::describe_one(call, &target, &commit).await?,
        "content": contents::describe(&call.forge, &target, branch, &entry).await?,
    }))
}

/// What the new commit stands on; nothing in an empty repository.
async fn base_of(call: &Call, target: &Target, branch: &str) -> Result<Option<String>, Fault> {
    let heads = |branch: &str| format!("refs/heads/{branch}");
    let git = &call.forge.git;
    let taken = git.commit_of(&target.directory, &heads(branch)).await.is_some();
    if taken && branch != target.default_branch {
        return Err(Fault::Broken);
    }
    Ok(git.commit_of(&target.directory, &heads(&target.default_branch)).await)
}

/// The first commit of a repository made with `auto_init`; its committer is the forge, not the person (recorded).
pub(super) async fn first_commit(
    forge: &Core,
    directory: &Path,
    maker: i64,
    branch: &str,
    name: &str,
) -> Result<(), Fault> {
    let author = forge.state().accounts.get(&maker).ok_or(Fault::Broken)?.clone();
    let readme = format!("# {name}\n\n");
    let change = Change {
        path: "README.md",
        content: readme.as_bytes(),
        message: "Initial commit",
        author: &author,
        committer: Some(("Gogs", "gogs@fake.local")),
    };
    let commit = commit(forge, directory, None, &change).await?;
    Ok(advance(forge, directory, branch, &commit).await?)
}

/// Makes a commit; one that would change nothing is the one it would stand on (recorded).
pub(super) async fn commit(
    forge: &Core,
    directory: &Path,
    base: Option<&str>,
    change: &Change<'_>,
) -> Result<String, GitFailure> {
    let tree = tree(forge, directory, base, change).await?;
    if let Some(base) = base {
        let before = forge.git.run(directory, &["rev-parse", &format!("{base}^{{tree}}")]).await?;
        if line(before)? == tree {
            return Ok(base.to_owned());
        }
    }
    let author = (author_name(change.author), change.author.email.as_str());
    let committer = change.committer.unwrap_or(author);
    let environment = [
        ("GIT_AUTHOR_NAME", OsStr::new(author.0)),
        ("GIT_AUTHOR_EMAIL", OsStr::new(author.1)),
        ("GIT_COMMITTER_NAME", OsStr::new(committer.0)),
        ("GIT_COMMITTER_EMAIL", OsStr::new(committer.1)),
    ];
    let mut arguments = vec!["commit-tree", &tree];
    if let Some(base) = base {
        arguments.extend(["-p", base]);
    }
    line(forge.git.feed(directory, &arguments, &environment, format!("{}\n", change.message).as_bytes()).await?)
}

/// The tree of the base with the file in it, made in an index of its own.
async fn tree(forge: &Core, directory: &Path, base: Option<&str>, change: &Change<'_>) -> Result<String, GitFailure> {
    let git = &forge.git;
    let index = git.temporary_index();
    let environment = [("GIT_INDEX_FILE", index.as_os_str())];
    if let Some(base) = base {
        git.feed(directory, &["read-tree", base], &environment, b"").await?;
    }
    let blob = line(git.feed(directory, &["hash-object", "-w", "--stdin"], &[], change.content).await?)?;
    let entry = format!("100644,{blob},{}", change.path);
    git.feed(directory, &["update-index", "--add", "--cacheinfo", &entry], &environment, b"").await?;
    let tree = line(git.feed(directory, &["write-tree"], &environment, b"").await?);
    tokio::fs::remove_file(&index).await?;
    tree
}

pub(super) async fn advance(forge: &Core, directory: &Path, branch: &str, commit: &str) -> Result<(), GitFailure> {
    let reference = format!("refs/heads/{branch}");
    forge.git.run(directory, &["update-ref", &reference, commit]).await.map(drop)
}

/// The name in a signature: the full one if there is one.
fn author_name(account: &Account) -> &str {
    if account.full_name.is_empty() { &account.name } else { &account.full_name }
}
