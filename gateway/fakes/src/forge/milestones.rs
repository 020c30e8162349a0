//! Milestones of a repository.

use axum::http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::{
    answer::{self, Answer, Fault},
    call::Call,
    describe,
    repository::{Access, Repository},
    tracker::Milestone,
};

#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    title: String,
    description: Option<String>,
    state: Option<String>,
    due_on: Option<String>,
}

pub(super) fn answer(call: &Call, (owner, name): (&str, &str), path: &[&str]) -> Answer {
    let needed = if call.method == Method::GET { Access::Read } else { Access::Write };
    let target = call.repository(owner, name, needed)?;
    let mut state = call.forge.state();
    let fresh = if call.method == Method::POST { state.ids.milestone.next() } else { 0 };
    let repository = state.repositories.get_mut(&target.id).ok_or(Fault::NOT_FOUND)?;
    match (&call.method, path) {
        (&Method::GET, []) => {
            let rows = repository.milestones.iter().map(|found| describe::milestone_row(repository, found));
            answer::ok(&Value::Array(rows.collect()))
        }
        (&Method::GET, [id]) => show(repository, place(repository, id)?),
        (&Method::POST, []) => create(call, repository, fresh),
        (&Method::PATCH, [id]) => edit(call, repository, id),
        (&Method::DELETE, [id]) => {
            let place = place(repository, id)?;
            repository.milestones.remove(place);
            answer::no_content()
        }
        _ => Err(Fault::NoRoute),
    }
}

fn show(repository: &Repository, place: usize) -> Answer {
    answer::ok(&describe::milestone_row(repository, &repository.milestones[place]))
}

fn create(call: &Call, repository: &mut Repository, id: i64) -> Answer {
    let form: Form = call.json()?;
    let description = form.description.unwrap_or_default();
    let milestone = Milestone { id, title: form.title, description, open: true, due_on: form.due_on };
    let row = describe::milestone_row(repository, &milestone);
    repository.milestones.push(milestone);
    answer::created(&row)
}

fn edit(call: &Call, repository: &mut Repository, id: &str) -> Answer {
    let form: Form = call.json()?;
    let place = place(repository, id)?;
    let milestone = &mut repository.milestones[place];
    if !form.title.is_empty() {
        milestone.title = form.title;
    }
    if let Some(description) = form.description {
        milestone.description = description;
    }
    milestone.open = form.state.as_deref().map_or(milestone.open, |state| state == "open");
    milestone.due_on = form.due_on.or_else(|| milestone.due_on.take());
    show(repository, place)
}

fn place(repository: &Repository, id: &str) -> Result<usize, Fault> {
    repository.milestones.iter().position(|found| found.id.to_string() == id).ok_or(Fault::NOT_FOUND)
}
