//! Commits, and the branches and tags that name them, in the two forms the API has for a commit.

use axum::{http::StatusCode, response::IntoResponse};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    answer::{self, Answer, Fault},
    call::{Call, Target},
    describe,
    repository::Access,
};

/// How many commits a list shows unless asked (`pageSize`).
const LISTED: usize = 30;
const FIELDS: usize = 9;
const FORMAT: &str = "--format=%H%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%P%x00%B";

struct Commit {
    id: String,
    author: Signature,
    committer: Signature,
    parents: Vec<String>,
    message: String,
}

struct Signature {
    name: String,
    email: String,
    date: String,
}

pub(super) async fn list(call: &Call, (owner, name): (&str, &str)) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let head = format!("refs/heads/{}", target.default_branch);
    let count = call.number("pageSize").unwrap_or(LISTED);
    let rows = log(call, &target, &head, count).await?;
    answer::ok(&Value::Array(rows.iter().map(|commit| row(call, &target, commit)).collect()))
}

pub(super) async fn one(call: &Call, (owner, name): (&str, &str), revision: &str) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let id = call.forge.git.commit_of(&target.directory, revision).await.ok_or(Fault::NOT_FOUND)?;
    answer::ok(&describe_one(call, &target, &id).await?)
}

/// A revision of more than one segment is answered with its id alone, as text.
pub(super) async fn digest(call: &Call, (owner, name): (&str, &str), revision: &str) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let id = call.forge.git.commit_of(&target.directory, revision).await.ok_or(Fault::NOT_FOUND)?;
    Ok(answer::text(StatusCode::OK, &id))
}

pub(super) async fn describe_one(call: &Call, target: &Target, id: &str) -> Result<Value, Fault> {
    let found = log(call, target, id, 1).await?;
    Ok(row(call, target, found.first().ok_or(Fault::Broken)?))
}

pub(super) async fn branches(call: &Call, (owner, name): (&str, &str)) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    answer::ok(&Value::Array(named(call, &target, "refs/heads").await?))
}

pub(super) async fn tags(call: &Call, (owner, name): (&str, &str)) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    answer::ok(&Value::Array(named(call, &target, "refs/tags").await?))
}

pub(super) async fn branch(call: &Call, (owner, name): (&str, &str), branch: &str) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let reference = format!("refs/heads/{branch}");
    if call.forge.git.commit_of(&target.directory, &reference).await.is_none() {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    answer::ok(&named_row(call, &target, branch, &reference).await?)
}

/// All references below a prefix, each with its commit.
async fn named(call: &Call, target: &Target, prefix: &str) -> Result<Vec<Value>, Fault> {
    let listing = call.forge.git.run(&target.directory, &["for-each-ref", "--format=%(refname)", prefix]).await?;
    let listing = String::from_utf8_lossy(&listing).into_owned();
    let mut rows = Vec::new();
    for reference in listing.lines() {
        let name = reference[prefix.len()..].trim_start_matches('/');
        rows.push(named_row(call, target, name, reference).await?);
    }
    Ok(rows)
}

async fn named_row(call: &Call, target: &Target, name: &str, reference: &str) -> Result<Value, Fault> {
    let found = log(call, target, reference, 1).await?;
    let commit = found.first().ok_or(Fault::Broken)?;
    Ok(json!({"name": name, "commit": payload(call, commit)}))
}

async fn log(call: &Call, target: &Target, revision: &str, count: usize) -> Result<Vec<Commit>, Fault> {
    let Some(start) = call.forge.git.commit_of(&target.directory, revision).await else { return Ok(Vec::new()) };
    let count = format!("--max-count={count}");
    let printed = call.forge.git.run(&target.directory, &["log", "-z", &count, FORMAT, &start]).await?;
    let printed = String::from_utf8_lossy(&printed);
    let fields: Vec<&str> = printed.split('\0').collect();
    Ok(fields.chunks_exact(FIELDS).map(Commit::read).collect())
}

impl Commit {
    /// Reads the fields of [`FORMAT`], of which there always are nine.
    fn read(fields: &[&str]) -> Self {
        Self {
            id: fields[0].to_owned(),
            author: Signature::read(&fields[1..4]),
            committer: Signature::read(&fields[4..7]),
            parents: fields[7].split_ascii_whitespace().map(str::to_owned).collect(),
            message: fields[8].trim_end().to_owned(),
        }
    }
}

impl Signature {
    fn read(fields: &[&str]) -> Self {
        let date = fields[2].parse().ok().and_then(|second| Timestamp::from_second(second).ok());
        let date = date.map_or_else(|| describe::NEVER.to_owned(), describe::when);
        Self { name: fields[0].to_owned(), email: fields[1].to_owned(), date }
    }

    fn row(&self) -> Value {
        json!({"name": self.name, "email": self.email, "date": self.date})
    }

    fn account(&self, call: &Call) -> Value {
        let state = call.forge.state();
        state.account_of_email(&self.email).map_or(Value::Null, |account| describe::account(&call.forge, account))
    }

    /// The form of webhook payloads, with the login or nothing.
    fn user(&self, call: &Call) -> Value {
        let state = call.forge.state();
        let login = state.account_of_email(&self.email).map(|account| account.name.as_str()).unwrap_or_default();
        json!({"name": self.name, "email": self.email, "username": login})
    }
}

/// A commit by itself. The id of its tree is the commit's own and its address the request's, mistakes and all
/// (recorded).
fn row(call: &Call, target: &Target, commit: &Commit) -> Value {
    let parent = |id: &String| json!({"url": format!("{}/commits/{id}", target.api_url), "sha": id});
    json!({
        "url": call.url(),
        "sha": commit.id,
        "html_url": format!("{}/{}/commits/{}", call.forge.external_url, target.full_name, commit.id),
        "commit": {
            "url": call.url(),
            "author": commit.author.row(),
            "committer": commit.committer.row(),
            "message": commit.message.lines().next().unwrap_or_default(),
            "tree": {"url": format!("{}/tree/{}", target.api_url, commit.id), "sha": commit.id},
        },
        "author": commit.author.account(call),
        "committer": commit.committer.account(call),
        "parents": commit.parents.iter().map(parent).collect::<Vec<_>>(),
    })
}

/// A commit under a branch, in the form webhooks have.
fn payload(call: &Call, commit: &Commit) -> Value {
    json!({
        "id": commit.id,
        "message": format!("{}\n", commit.message),
        "url": "Not implemented",
        "author": commit.author.user(call),
        "committer": commit.committer.user(call),
        "added": null,
        "removed": null,
        "modified": null,
        "timestamp": commit.author.date,
    })
}
