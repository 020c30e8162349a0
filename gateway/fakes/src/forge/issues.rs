//! Issues: any reader may open one; its poster and writers may change it (`repo/issue.go`).

use axum::{http::Method, response::Response};
use serde::Deserialize;
use serde_json::Value;

use super::{
    answer::{self, Answer, Fault},
    call::Call,
    describe,
    paging::Page,
    repository::Access,
    time::now,
    tracker::Issue,
};

/// `[ui] ISSUE_PAGING_NUM`.
const PAGE: usize = 10;

#[derive(Deserialize)]
struct NewIssue {
    #[serde(default)]
    title: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    assignee: Option<String>,
    #[serde(default)]
    milestone: i64,
    #[serde(default)]
    labels: Vec<i64>,
}

#[derive(Deserialize)]
struct Edit {
    #[serde(default)]
    title: String,
    body: Option<String>,
    assignee: Option<String>,
    milestone: Option<i64>,
    state: Option<String>,
}

pub(super) fn answer(call: &Call, repository: (&str, &str), path: &[&str]) -> Answer {
    match (&call.method, path) {
        (&Method::GET, []) => list(call, repository),
        (&Method::POST, []) => create(call, repository),
        (&Method::GET, [number]) => get(call, repository, number),
        (&Method::PATCH, [number]) => edit(call, repository, number),
        _ => Err(Fault::NoRoute),
    }
}

/// Those assigned to the caller, in whatever repository, whether or not it may read there.
pub(super) fn assigned(call: &Call) -> Response {
    let state = call.forge.state();
    let issues = state.repositories.values().flat_map(|repository| {
        let mine = repository.issues.iter().filter(|issue| issue.open && issue.assignee == Some(call.caller.id));
        mine.map(|issue| describe::issue(&call.forge, &state, repository, issue))
    });
    Page::of(call, PAGE).answer(call, issues.collect(), |rows| rows)
}

fn list(call: &Call, (owner, name): (&str, &str)) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let open = call.query("state").is_none_or(|state| state != "closed");
    let state = call.forge.state();
    let repository = state.repositories.get(&target.id).ok_or(Fault::NOT_FOUND)?;
    let issues = repository.issues.iter().rev().filter(|issue| issue.open == open);
    let rows: Vec<Value> = issues.map(|issue| describe::issue(&call.forge, &state, repository, issue)).collect();
    Ok(Page::of(call, PAGE).answer(call, rows, |rows| rows))
}

fn get(call: &Call, (owner, name): (&str, &str), number: &str) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let state = call.forge.state();
    let repository = state.repositories.get(&target.id).ok_or(Fault::NOT_FOUND)?;
    let issue = repository.issue(number).ok_or(Fault::NOT_FOUND)?;
    answer::ok(&describe::issue(&call.forge, &state, repository, issue))
}

/// Assignee, milestone and labels count only from those who may write.
fn create(call: &Call, (owner, name): (&str, &str)) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let form: NewIssue = call.json()?;
    if form.title.is_empty() {
        return Err(Fault::Invalid { field: "Title", rule: "Required" });
    }
    let mut state = call.forge.state();
    let writer = target.access >= Access::Write;
    let assignee = form.assignee.filter(|_| writer).and_then(|login| state.account(&login).map(|account| account.id));
    let id = state.ids.issue.next();
    let repository = state.repositories.get_mut(&target.id).ok_or(Fault::NOT_FOUND)?;
    let issue = Issue::open(id, repository.next_issue(), call.caller.id, form.title, form.body, now());
    repository.issues.push(Issue {
        assignee,
        milestone: (writer && form.milestone > 0).then_some(form.milestone),
        labels: if writer { form.labels } else { Vec::new() },
        ..issue
    });
    let repository = state.repositories.get(&target.id).ok_or(Fault::NOT_FOUND)?;
    let issue = repository.issues.last().ok_or(Fault::Broken)?;
    answer::created(&describe::issue(&call.forge, &state, repository, issue))
}

/// Answers 201, as if something had been made (recorded).
fn edit(call: &Call, (owner, name): (&str, &str), number: &str) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let form: Edit = call.json()?;
    let writer = target.access >= Access::Write;
    let mut state = call.forge.state();
    let assignee = form.assignee.as_ref().filter(|_| writer);
    let assignee = assignee.map(|login| state.account(login).map(|account| account.id));
    let repository = state.repositories.get_mut(&target.id).ok_or(Fault::NOT_FOUND)?;
    let issue = repository.issue_mut(number).ok_or(Fault::NOT_FOUND)?;
    if issue.poster != call.caller.id && !writer {
        return Err(Fault::FORBIDDEN);
    }
    let open = form.state.as_deref().map_or(issue.open, |state| state == "open");
    let turned = issue.open != open;
    issue.open = open;
    issue.updated = now();
    issue.body = form.body.unwrap_or_else(|| issue.body.clone());
    issue.assignee = assignee.unwrap_or(issue.assignee);
    if !form.title.is_empty() {
        issue.title = form.title;
    }
    if let Some(milestone) = form.milestone.filter(|_| writer) {
        issue.milestone = (milestone > 0).then_some(milestone);
    }
    if turned {
        // Closing and opening are rows of the table of comments, which nobody is shown but the ids tell.
        state.ids.comment.next();
    }
    let repository = state.repositories.get(&target.id).ok_or(Fault::NOT_FOUND)?;
    let issue = repository.issue(number).ok_or(Fault::NOT_FOUND)?;
    answer::created(&describe::issue(&call.forge, &state, repository, issue))
}
