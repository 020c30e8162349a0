//! Repositories: made, shown, listed, searched, deleted.

use std::{collections::BTreeMap, path::PathBuf};

use axum::{http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    accounts,
    answer::{self, Answer, Fault},
    call::Call,
    core::Core,
    describe,
    paging::Page,
    repository::{Access, Repository},
    time::now,
    write,
};

/// `[repository] DEFAULT_BRANCH`.
const DEFAULT_BRANCH: &str = "master";
/// `MAX_RESPONSE_ITEMS`.
const LARGEST_PAGE: usize = 50;
const LONGEST_NAME: usize = 100;

#[derive(Deserialize)]
pub(super) struct NewRepository {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) private: bool,
    #[serde(default)]
    pub(super) auto_init: bool,
}

pub(super) async fn create_mine(call: &Call) -> Answer {
    create(call, call.caller.id).await
}

/// `POST /org/:org/repos`: only the owners of the organization, and no site administrator's override.
pub(super) async fn create_in(call: &Call, organization: &str) -> Answer {
    let owner = {
        let state = call.forge.state();
        let found = state.account(organization).filter(|account| account.is_organization()).ok_or(Fault::NOT_FOUND)?;
        if !found.is_owned_by(call.caller.id) {
            return Err(Fault::Message(StatusCode::FORBIDDEN, "given user is not owner of organization".into()));
        }
        found.id
    };
    create(call, owner).await
}

/// `POST /admin/users/:name/repos`.
pub(super) async fn create_for(call: &Call, name: &str) -> Answer {
    let owner = call.forge.state().account(name).ok_or(Fault::NOT_FOUND)?.id;
    create(call, owner).await
}

async fn create(call: &Call, owner: i64) -> Answer {
    let form: NewRepository = call.json()?;
    accounts::check_letters("Name", &form.name, LONGEST_NAME)?;
    if matches!(form.name.as_str(), "." | "..") || [".git", ".wiki"].iter().any(|suffix| form.name.ends_with(suffix)) {
        return Err(Fault::unprocessable(format!("name is not allowed: map[name:{}]", form.name)));
    }
    let id = make(&call.forge, owner, call.caller.id, form).await?;
    let state = call.forge.state();
    let repository = state.repositories.get(&id).ok_or(Fault::Broken)?;
    let mut row = describe::repository(&call.forge, &state, repository, Access::Owner);
    // Gogs answers with the row it wrote, not with the row as the database completed it (recorded).
    for (member, value) in [
        ("default_branch", json!("")),
        ("empty", json!(false)),
        ("watchers_count", json!(0)),
        ("created_at", json!(describe::NEVER)),
        ("updated_at", json!(describe::NEVER)),
    ] {
        row[member] = value;
    }
    answer::created(&row)
}

/// Makes a repository, its bare directory, and its first commit if one is asked for. A name taken is 500 (recorded).
pub(super) async fn make(forge: &Core, owner: i64, maker: i64, form: NewRepository) -> Result<i64, Fault> {
    let (id, directory) = reserve(forge, owner, maker, &form)?;
    forge.git.create(&directory).await?;
    if form.auto_init {
        write::first_commit(forge, &directory, maker, DEFAULT_BRANCH, &form.name).await?;
    }
    Ok(id)
}

fn reserve(forge: &Core, owner: i64, maker: i64, form: &NewRepository) -> Result<(i64, PathBuf), Fault> {
    let mut state = forge.state();
    let account = state.accounts.get(&owner).ok_or(Fault::NOT_FOUND)?.clone();
    let count = state.repositories.values().filter(|repository| repository.owner == owner).count();
    if usize::try_from(account.max_repositories).is_ok_and(|limit| count >= limit) {
        return Err(Fault::unprocessable(format!("reached maximum creation limit: {}", account.max_repositories)));
    }
    if state.repository(&account.name, &form.name).is_some() {
        return Err(Fault::Broken);
    }
    let id = state.ids.repository.next();
    let created = now();
    let repository = Repository {
        id,
        owner,
        name: form.name.clone(),
        description: form.description.clone(),
        private: form.private,
        parent: None,
        default_branch: DEFAULT_BRANCH.to_owned(),
        watchers: if owner == maker { 1 } else { 2 },
        created,
        updated: created,
        collaborators: BTreeMap::new(),
        issues: Vec::new(),
        labels: Vec::new(),
        milestones: Vec::new(),
        hooks: Vec::new(),
        lfs: BTreeMap::new(),
    };
    state.repositories.insert(id, repository);
    Ok((id, forge.directory(&account.name, &form.name)))
}

pub(super) fn get(call: &Call, (owner, name): (&str, &str)) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let state = call.forge.state();
    let repository = state.repositories.get(&target.id).ok_or(Fault::NOT_FOUND)?;
    answer::ok(&describe::repository(&call.forge, &state, repository, target.access))
}

/// All of them, whoever may read them (`repo.go:350`).
pub(super) fn forks(call: &Call, (owner, name): (&str, &str)) -> Answer {
    let target = call.repository(owner, name, Access::Read)?;
    let state = call.forge.state();
    let forks = state.repositories.values().filter(|repository| repository.parent == Some(target.id));
    let rows = forks.map(|fork| {
        describe::repository(&call.forge, &state, fork, fork.access(&state, call.caller.id).max(Access::Read))
    });
    answer::ok(&Value::Array(rows.collect()))
}

/// Releases: this forge makes none, since no API does.
pub(super) fn nothing_yet(call: &Call, (owner, name): (&str, &str)) -> Answer {
    call.repository(owner, name, Access::Read)?;
    answer::ok(&json!([]))
}

pub(super) fn delete(call: &Call, (owner, name): (&str, &str)) -> Answer {
    let target = call.repository(owner, name, Access::Owner)?;
    call.forge.state().repositories.remove(&target.id);
    // A directory that stays behind is nobody's any more, and overwritten by no one: ids are never used again.
    std::fs::remove_dir_all(&target.directory).map_err(|_| Fault::Broken)?;
    answer::no_content()
}

/// What the caller owns, then what it was given access to.
pub(super) fn mine(call: &Call) -> Answer {
    let state = call.forge.state();
    let rows = state.repositories.values().filter_map(|repository| {
        let access = repository.access(&state, call.caller.id);
        let given = repository.collaborators.contains_key(&call.caller.id) || access == Access::Owner;
        given.then(|| describe::repository(&call.forge, &state, repository, access))
    });
    answer::ok(&Value::Array(rows.collect()))
}

/// The public ones of somebody else, all of an organization of one's own; always with all permissions (recorded). By one's
/// own name one's own are listed, and those one collaborates in (`listUserRepositories` in `v1/repo/repo.go`).
pub(super) fn of(call: &Call, name: &str) -> Answer {
    let state = call.forge.state();
    let owner = state.account(name).ok_or(Fault::NOT_FOUND)?;
    if owner.id == call.caller.id {
        drop(state);
        return mine(call);
    }
    let all = owner.is_owned_by(call.caller.id);
    let rows = state.repositories.values().filter(|repository| repository.owner == owner.id);
    let shown = rows.filter(|repository| all || !repository.private);
    let shown = shown.map(|repository| describe::repository(&call.forge, &state, repository, Access::Owner));
    answer::ok(&Value::Array(shown.collect()))
}

/// Private ones are found only when `uid` is the caller or an organization of the caller's. No word to look for is
/// looked for as `.`, which is what Go's `path.Base("")` is, and so finds next to nothing (recorded).
pub(super) fn search(call: &Call) -> Response {
    let wanted = call.query("q").unwrap_or_default().to_lowercase();
    let wanted = wanted.trim_end_matches('/').rsplit('/').next().filter(|word| !word.is_empty()).unwrap_or(".");
    let owner: Option<i64> = call.query("uid").and_then(|id| id.parse().ok()).filter(|id| *id > 0);
    let state = call.forge.state();
    let private = owner.and_then(|id| state.accounts.get(&id)).is_some_and(|owner| owner.is_owned_by(call.caller.id));
    let rows = state.repositories.values().filter(|repository| {
        let of_owner = owner.is_none_or(|id| repository.owner == id);
        of_owner && (private || !repository.private) && repository.name.to_lowercase().contains(wanted)
    });
    let rows = rows.map(|repository| {
        let mut row = describe::repository(&call.forge, &state, repository, Access::Read);
        row.as_object_mut().map(|members| members.remove("permissions"));
        row
    });
    let size = call.number("limit").filter(|limit| (1..=LARGEST_PAGE).contains(limit)).unwrap_or(LARGEST_PAGE);
    Page::of(call, size).answer(call, rows.collect(), |data| json!({"data": data, "ok": true}))
}
