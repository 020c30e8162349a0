//! Labels of a repository, and of its issues.

use axum::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answer::{self, Answer, Fault},
    call::Call,
    describe,
    repository::{Access, Repository},
    tracker::Label,
};

#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    name: String,
    #[serde(default)]
    color: String,
}

#[derive(Deserialize)]
struct Chosen {
    #[serde(default)]
    labels: Vec<i64>,
}

pub(super) fn answer(call: &Call, (owner, name): (&str, &str), path: &[&str]) -> Answer {
    let needed = if call.method == Method::GET { Access::Read } else { Access::Write };
    let target = call.repository(owner, name, needed)?;
    let mut state = call.forge.state();
    let fresh = if call.method == Method::POST { state.ids.label.next() } else { 0 };
    let repository = state.repositories.get_mut(&target.id).ok_or(Fault::NOT_FOUND)?;
    match (&call.method, path) {
        (&Method::GET, []) => answer::ok(&rows(repository.labels.iter())),
        (&Method::GET, [label]) => answer::ok(&describe::label_row(&repository.labels[place(repository, label)?])),
        (&Method::POST, []) => create(call, repository, fresh),
        (&Method::PATCH, [label]) => edit(call, repository, label),
        (&Method::DELETE, [label]) => {
            let place = place(repository, label)?;
            repository.labels.remove(place);
            answer::no_content()
        }
        _ => Err(Fault::NoRoute),
    }
}

/// The id in this answer is always 0 (recorded).
fn create(call: &Call, repository: &mut Repository, id: i64) -> Answer {
    let form: Form = call.json()?;
    if form.name.is_empty() {
        return Err(Fault::Invalid { field: "Name", rule: "Required" });
    }
    let label = Label { id, name: form.name, color: form.color.trim_start_matches('#').to_owned() };
    let mut row = describe::label_row(&label);
    row["id"] = json!(0);
    repository.labels.push(label);
    answer::created(&row)
}

fn edit(call: &Call, repository: &mut Repository, label: &str) -> Answer {
    let form: Form = call.json()?;
    let place = place(repository, label)?;
    let label = &mut repository.labels[place];
    if !form.name.is_empty() {
        label.name = form.name;
    }
    if !form.color.is_empty() {
        form.color.trim_start_matches('#').clone_into(&mut label.color);
    }
    answer::ok(&describe::label_row(label))
}

/// `/issues/:number/labels…`: ids that are no labels of the repository are dropped without a word (recorded).
pub(super) fn of_issue(call: &Call, (owner, name): (&str, &str), number: &str, path: &[&str]) -> Answer {
    let needed = if call.method == Method::GET { Access::Read } else { Access::Write };
    let target = call.repository(owner, name, needed)?;
    let mut state = call.forge.state();
    let repository = state.repositories.get_mut(&target.id).ok_or(Fault::NOT_FOUND)?;
    let known: Vec<i64> = repository.labels.iter().map(|label| label.id).collect();
    let issue = repository.issue_mut(number).ok_or(Fault::NOT_FOUND)?;
    match (&call.method, path) {
        (&Method::GET, []) => {}
        (&Method::POST, []) => issue.labels.extend(call.json::<Chosen>()?.labels),
        (&Method::PUT, []) => issue.labels = call.json::<Chosen>()?.labels,
        (&Method::DELETE, []) => issue.labels.clear(),
        (&Method::DELETE, [label]) => issue.labels.retain(|id| id.to_string() != *label),
        _ => return Err(Fault::NoRoute),
    }
    issue.labels.retain(|id| known.contains(id));
    let chosen = issue.labels.clone();
    if call.method == Method::DELETE {
        return answer::no_content();
    }
    answer::ok(&rows(repository.labels.iter().filter(|label| chosen.contains(&label.id))))
}

/// By number or by name.
fn place(repository: &Repository, label: &str) -> Result<usize, Fault> {
    let same = |found: &Label| found.id.to_string() == label || found.name == label;
    repository.labels.iter().position(same).ok_or(Fault::NOT_FOUND)
}

fn rows<'a>(labels: impl Iterator<Item = &'a Label>) -> Value {
    Value::Array(labels.map(describe::label_row).collect())
}
