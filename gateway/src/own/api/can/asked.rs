//! One effect as it is asked about, and what it is in the words decisions are made in.
//!
//! What an effect of an action consists of is what the doors make of requests: a deletion is of all paths, a list of no
//! repository. What no request could have is refused here, so that no answer is given to a question nothing will ever ask.

use gogs_spanner_capability::{Action, Effect, Reason, RefName, RepositoryName, Transfer, TreePath};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::refuse::Refusal;

/// An action on a repository, on a ref and in paths where it has them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AskedEffect {
    /// The action, `ref:update`.
    action: String,
    /// The repository, `owner/name`. Left out for what is on none: `directory:read`, and a list across repositories
    /// (`repository:read`, `issues:read`).
    repository: Option<String>,
    /// The ref in full, `refs/heads/main`: needed for `ref:*` and `lfs:write`, possible for `contents:read`.
    #[serde(rename = "ref")]
    reference: Option<String>,
    /// The paths a push would touch, or what is read: for `ref:create`, `ref:update`, `ref:force` and `contents:read`. Left
    /// out: of a push, that they are not known; of a read, all.
    #[schemars(length(min = 1))]
    paths: Option<Vec<String>>,
}

impl AskedEffect {
    /// The effect the `at`th question is about.
    pub(super) fn read(self, at: usize) -> Result<Effect, Refusal> {
        self.effect().map_err(|Mistake { member, why, hint }| {
            let refusal = Refusal::new(Reason::RequestMalformed).because(format!("effects[{at}].{member}: {why}"));
            hint.map_or(refusal.clone(), |hint| refusal.hint(hint))
        })
    }

    fn effect(self) -> Result<Effect, Mistake> {
        let action = action(&self.action)?;
        let repository = self.repository.as_deref().map(repository).transpose()?;
        let reference = self.reference.as_deref().map(reference).transpose()?;
        let paths = self.paths.as_deref().map(paths).transpose()?;
        let reads = action == Action::ContentsRead;
        if reference.is_some() && !action.takes_ref() && !reads {
            return Err(superfluous("ref", action, "is decided for the whole repository"));
        }
        if paths.is_some() && !action.brings_content() && !reads {
            return Err(superfluous("paths", action, "is decided whatever the paths"));
        }
        let Some(repository) = repository else { return on_none(action) };
        if !action.is_on_repository() {
            return Err(superfluous("repository", action, "is on no repository"));
        }
        let effect = Effect::on_repository(action, &repository).touching(paths.unwrap_or_default());
        match reference {
            Some(reference) if action == Action::LfsWrite => Ok(Transfer::Upload(reference).effect(&repository)),
            Some(reference) => Ok(effect.at(reference)),
            None if action.takes_ref() => Err(missing("ref", action)),
            None => Ok(effect),
        }
    }
}

/// What is wrong with a question, and where.
struct Mistake {
    member: &'static str,
    why: String,
    hint: Option<String>,
}

/// The effect of an action on no repository, or on those an answer will name.
fn on_none(action: Action) -> Result<Effect, Mistake> {
    match action {
        Action::RepositoryRead | Action::IssuesRead => Ok(Effect::listing(action)),
        _ if action.is_spanners() => Ok(Effect::on_spanner(action)),
        _ if action.is_on_repository() => Err(missing("repository", action)),
        _ => Ok(Effect::unbound(action)),
    }
}

fn action(text: &str) -> Result<Action, Mistake> {
    text.parse().map_err(|error| {
        let known: Vec<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
        Mistake { hint: Some(format!("it is one of {}", known.join(", "))), ..wrong("action", error) }
    })
}

fn repository(text: &str) -> Result<RepositoryName, Mistake> {
    text.parse().map_err(|error| wrong("repository", error))
}

fn reference(text: &str) -> Result<RefName, Mistake> {
    text.parse().map_err(|error| wrong("ref", error))
}

fn paths(texts: &[String]) -> Result<Vec<TreePath>, Mistake> {
    if texts.is_empty() {
        let hint = Some("name the paths, or leave `paths` out where they are not known".to_owned());
        return Err(Mistake { hint, ..wrong("paths", "no path is named") });
    }
    texts.iter().map(|text| text.parse().map_err(|error| wrong("paths", error))).collect()
}

fn wrong(member: &'static str, why: impl std::fmt::Display) -> Mistake {
    Mistake { member, why: why.to_string(), hint: None }
}

fn missing(member: &'static str, action: Action) -> Mistake {
    let hint = Some(format!("say which in `{member}`"));
    Mistake { hint, ..wrong(member, format!("`{action}` is not decided without one")) }
}

fn superfluous(member: &'static str, action: Action, why: &str) -> Mistake {
    Mistake { hint: Some(format!("leave `{member}` out")), ..wrong(member, format!("`{action}` {why}")) }
}
