//! Comments of issues (`repo/issue_comment.go`).

use axum::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{self, Answer, Fault},
    call::Call,
    describe,
    repository::{Access, Repository},
    time::now,
    tracker::{Comment, Issue},
};

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    body: String,
}

/// All of a repository.
pub(super) fn all(call: &Call, repository: (&str, &str)) -> Answer {
    if call.method != Method::GET {
        return Err(Fault::NoRoute);
    }
    list(call, repository, |_| true)
}

pub(super) fn of_issue(call: &Call, repository: (&str, &str), number: &str) -> Answer {
    match call.method {
        Method::GET => list(call, repository, |issue| issue.number.to_string() == number),
        Method::POST => create(call, repository, number),
        _ => Err(Fault::NoRoute),
    }
}

/// One by its id, wherever in the repository; the issue's number in the path is not looked at.
pub(super) fn one(call: &Call, (owner, name): (&str, &str), id: &str) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let id: i64 = id.parse().map_err(|_| Fault::NOT_FOUND)?;
    let mut state = call.forge.state();
    let repository = state.repositories.get_mut(&target.id).ok_or(Fault::NOT_FOUND)?;
    let issue = issue_of(repository, id).ok_or(Fault::NOT_FOUND)?;
    let place = issue.comments.iter().position(|comment| comment.id == id).ok_or(Fault::NOT_FOUND)?;
    let mine = issue.comments[place].poster == call.caller.id;
    if !mine && target.access < Access::Admin {
        return Err(Fault::FORBIDDEN);
    }
    match call.method {
        Method::DELETE => {
            issue.comments.remove(place);
            answer::no_content()
        }
        Method::PATCH => {
            let Body { body } = call.json()?;
            issue.comments[place].body = body;
            issue.comments[place].updated = now();
            let (issue, comment) = (issue.clone(), issue.comments[place].clone());
            answer::ok(&describe::comment(&call.forge, &state, &target.full_name, &issue, &comment))
        }
        _ => Err(Fault::NoRoute),
    }
}

fn list(call: &Call, (owner, name): (&str, &str), wanted: impl Fn(&Issue) -> bool) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let state = call.forge.state();
    let repository = state.repositories.get(&target.id).ok_or(Fault::NOT_FOUND)?;
    let rows = repository.issues.iter().filter(|issue| wanted(issue)).flat_map(|issue| {
        let comments = issue.comments.iter();
        comments.map(|comment| describe::comment(&call.forge, &state, &target.full_name, issue, comment))
    });
    answer::ok(&Value::Array(rows.collect()))
}

fn create(call: &Call, (owner, name): (&str, &str), number: &str) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let Body { body } = call.json()?;
    if body.is_empty() {
        return Err(Fault::Invalid { field: "Body", rule: "Required" });
    }
    let mut state = call.forge.state();
    let exists = state.repositories.get(&target.id).is_some_and(|repository| repository.issue(number).is_some());
    if !exists {
        return Err(Fault::NOT_FOUND);
    }
    let id = state.ids.comment.next();
    let created = now();
    let comment = Comment { id, poster: call.caller.id, body, created, updated: created };
    let repository = state.repositories.get_mut(&target.id).ok_or(Fault::NOT_FOUND)?;
    let issue = repository.issue_mut(number).ok_or(Fault::NOT_FOUND)?;
    issue.comments.push(comment.clone());
    let issue = issue.clone();
    let mut row = describe::comment(&call.forge, &state, &target.full_name, &issue, &comment);
    // The row is shown before the database filled in its times (recorded).
    row["created_at"] = json!(describe::NEVER);
    row["updated_at"] = json!(describe::NEVER);
    answer::created(&row)
}

fn issue_of(repository: &mut Repository, comment: i64) -> Option<&mut Issue> {
    repository.issues.iter_mut().find(|issue| issue.comments.iter().any(|found| found.id == comment))
}
