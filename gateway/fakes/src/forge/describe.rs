//! Rows as the API shows them (`APIFormat` and friends).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    account::Account,
    core::Core,
    git::is_empty,
    repository::{Access, Hook, Repository},
    state::State,
    tracker::{Comment, Issue, Label, Milestone},
};

/// Go's zero time, which Gogs shows where it forgot to read a row back.
pub(super) const NEVER: &str = "0001-01-01T00:00:00Z";

pub(super) fn when(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn account(forge: &Core, account: &Account) -> Value {
    json!({
        "id": account.id,
        "username": account.name,
        "login": account.name,
        "full_name": account.full_name,
        "email": account.email,
        "avatar_url": avatar(forge, account),
    })
}

/// The account of an id; `null` when it is gone.
pub(super) fn account_of(forge: &Core, state: &State, id: i64) -> Value {
    state.accounts.get(&id).map_or(Value::Null, |found| account(forge, found))
}

pub(super) fn organization(forge: &Core, organization: &Account) -> Value {
    json!({
        "id": organization.id,
        "username": organization.name,
        "full_name": organization.full_name,
        "avatar_url": avatar(forge, organization),
        "description": "",
        "website": "",
        "location": "",
    })
}

pub(super) fn permissions(access: Access) -> Value {
    json!({"admin": access >= Access::Admin, "push": access >= Access::Write, "pull": access >= Access::Read})
}

pub(super) fn repository(forge: &Core, state: &State, repository: &Repository, access: Access) -> Value {
    let owner = state.accounts.get(&repository.owner);
    let full_name = format!("{}/{}", owner.map(|owner| owner.name.as_str()).unwrap_or_default(), repository.name);
    let url = &forge.external_url;
    let parent = repository.parent.and_then(|parent| state.repositories.get(&parent));
    let forks = state.repositories.values().filter(|fork| fork.parent == Some(repository.id));
    let directory = owner.map(|owner| forge.directory(&owner.name, &repository.name)).unwrap_or_default();
    json!({
        "id": repository.id,
        "owner": account_of(forge, state, repository.owner),
        "name": repository.name,
        "full_name": full_name,
        "description": repository.description,
        "private": repository.private,
        "fork": parent.is_some(),
        // To whoever is shown the fork, and as if that one could read it (`internal/database/repo.go:404`).
        "parent": parent.map(|parent| self::repository(forge, state, parent, Access::Read)),
        "empty": is_empty(&directory),
        "mirror": false,
        "size": 0,
        "html_url": format!("{url}/{full_name}"),
        "ssh_url": format!("root@localhost:{full_name}.git"),
        "clone_url": format!("{url}/{full_name}.git"),
        "website": "",
        "stars_count": 0,
        "forks_count": forks.count(),
        "watchers_count": repository.watchers,
        "open_issues_count": repository.issues.iter().filter(|issue| issue.open).count(),
        "default_branch": repository.default_branch,
        "created_at": when(repository.created),
        "updated_at": when(repository.updated),
        "permissions": permissions(access),
    })
}

pub(super) fn issue(forge: &Core, state: &State, repository: &Repository, issue: &Issue) -> Value {
    let labels = repository.labels.iter().filter(|label| issue.labels.contains(&label.id)).map(label_row);
    let milestone = repository.milestones.iter().find(|milestone| Some(milestone.id) == issue.milestone);
    json!({
        "id": issue.id,
        "number": issue.number,
        "user": account_of(forge, state, issue.poster),
        "title": issue.title,
        "body": issue.body,
        "labels": labels.collect::<Vec<_>>(),
        "milestone": milestone.map(|milestone| milestone_row(repository, milestone)),
        "assignee": issue.assignee.map(|assignee| account_of(forge, state, assignee)),
        "state": state_word(issue.open),
        "comments": issue.comments.len(),
        "created_at": when(issue.created),
        "updated_at": when(issue.updated),
        "pull_request": null,
    })
}

pub(super) fn comment(forge: &Core, state: &State, full_name: &str, issue: &Issue, comment: &Comment) -> Value {
    let page = format!("{}/{full_name}/issues/{}", forge.external_url, issue.number);
    json!({
        "id": comment.id,
        "html_url": format!("{page}#issuecomment-{}", comment.id),
        "user": account_of(forge, state, comment.poster),
        "body": comment.body,
        "created_at": when(comment.created),
        "updated_at": when(comment.updated),
    })
}

pub(super) fn label_row(label: &Label) -> Value {
    json!({"id": label.id, "name": label.name, "color": label.color, "url": ""})
}

pub(super) fn milestone_row(repository: &Repository, milestone: &Milestone) -> Value {
    let of_milestone = |open| {
        let counted = |issue: &&Issue| issue.milestone == Some(milestone.id) && issue.open == open;
        repository.issues.iter().filter(counted).count()
    };
    json!({
        "id": milestone.id,
        "title": milestone.title,
        "description": milestone.description,
        "state": state_word(milestone.open),
        "open_issues": of_milestone(true),
        "closed_issues": of_milestone(false),
        "closed_at": null,
        "due_on": milestone.due_on,
    })
}

pub(super) fn hook(hook: &Hook) -> Value {
    json!({
        "id": hook.id,
        "type": hook.kind,
        "config": hook.config,
        "events": hook.events,
        "active": hook.active,
        "updated_at": when(hook.created),
        "created_at": when(hook.created),
    })
}

fn avatar(forge: &Core, account: &Account) -> String {
    format!("{}/avatars/{}", forge.external_url, account.id)
}

pub(super) fn state_word(open: bool) -> &'static str {
    if open { "open" } else { "closed" }
}
