//! What a token grants: a union of rights, matched in Rust against one effect at a time. There are no deny rules.

mod meet;
mod narrow;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use self::narrow::{NarrowError, Request};
use crate::{
    actions::{Action, Actions},
    effect::{Effect, Resource, Touch},
    names::{RefName, RepositoryName},
    pattern::{PathPattern, Patterns, RefPattern, RepositoryPattern},
};

/// Actions × repositories × refs × paths.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Right {
    /// The repositories it is about.
    pub repositories: Patterns<RepositoryPattern>,
    /// What may be done there.
    pub actions: Actions,
    /// On which refs; limits `ref:*`, `lfs:write` and `contents:read`.
    pub refs: Patterns<RefPattern>,
    /// In which paths; limits the same actions.
    pub paths: Patterns<PathPattern>,
    /// The refs that may be merged whatever their paths: an entry that is as at the merge base with one of them passes.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub merge_from: BTreeSet<RefName>,
}

/// What rights say of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// It is granted.
    Granted,
    /// A right would allow it for some paths, but which it touches is not known.
    PathsUnknown,
    /// No right grants it.
    NotGranted,
}

/// A union of rights.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rights(pub Vec<Right>);

impl Rights {
    /// Whether the effect is granted. A fact the action needs and the effect lacks is never made up: it refuses.
    pub fn cover(&self, effect: &Effect) -> Coverage {
        match &effect.resource {
            Resource::Spanner => self.any(|right| effect.action.is_spanners() && right.lists(effect.action)),
            // What needs a ref needs the repository the ref is in.
            _ if effect.action.is_spanners() => Coverage::NotGranted,
            Resource::Unbound | Resource::Listing if effect.action.takes_ref() => Coverage::NotGranted,
            Resource::Unbound | Resource::Listing => self.any(|right| right.lists(effect.action)),
            Resource::Repository(name) => self.cover_repository(name, effect),
        }
    }

    /// Whether the decision on this effect depends on the paths it touches.
    pub fn speaks_of_paths(&self, effect: &Effect) -> bool {
        let Some(name) = effect.repository().filter(|_| is_limited_by_paths(effect.action)) else { return false };
        let mut holding = self.holding(name, effect).peekable();
        holding.peek().is_some() && !holding.any(|right| right.paths.is_any())
    }

    /// What the effect touches and no right to it holds; nothing where there is no right to it at all.
    pub fn beyond<'a>(&self, effect: &'a Effect) -> Vec<&'a Touch> {
        let (Some(name), Some(touches)) = (effect.repository(), effect.paths.known()) else { return Vec::new() };
        let holding: Vec<_> = self.holding(name, effect).collect();
        let is_beyond = |touch: &&Touch| !holding.is_empty() && !holding.iter().any(|right| right.holds_touch(touch));
        touches.iter().filter(is_beyond).collect()
    }

    /// The refs from which a merge may be brought in by an effect that is limited to some paths.
    pub fn merge_sources(&self, effect: &Effect) -> BTreeSet<RefName> {
        let Some(name) = effect.repository() else { return BTreeSet::new() };
        self.holding(name, effect).flat_map(|right| &right.merge_from).cloned().collect()
    }

    /// Whether some ref of the repository may be written, which the advertisement of a push asks.
    pub fn writes_some_ref(&self, repository: &RepositoryName) -> bool {
        self.on(repository).any(|right| right.actions.iter().any(|action| action.writes_ref()))
    }

    /// Whether something in the repository may be read, be it on one ref or in one path.
    pub fn reads_some_content(&self, repository: &RepositoryName) -> bool {
        self.on(repository).any(|right| right.lists(Action::ContentsRead))
    }

    /// The rights on a repository.
    pub fn on(&self, repository: &RepositoryName) -> impl Iterator<Item = &Right> {
        self.0.iter().filter(|right| right.repositories.matches(repository))
    }

    /// Every right.
    pub fn iter(&self) -> impl Iterator<Item = &Right> {
        self.0.iter()
    }

    fn any(&self, grants: impl Fn(&Right) -> bool) -> Coverage {
        if self.0.iter().any(grants) { Coverage::Granted } else { Coverage::NotGranted }
    }

    fn cover_repository(&self, name: &RepositoryName, effect: &Effect) -> Coverage {
        let holding: Vec<_> = self.holding(name, effect).collect();
        if holding.is_empty() {
            return Coverage::NotGranted;
        }
        let is_anywhere = !is_limited_by_paths(effect.action) || holding.iter().any(|right| right.paths.is_any());
        match effect.paths.known() {
            _ if is_anywhere => Coverage::Granted,
            Some(touches) if touches.iter().all(|touch| holding.iter().any(|right| right.holds_touch(touch))) => {
                Coverage::Granted
            }
            // Nobody inspects a clone for paths, and a deletion takes them all: both need "**".
            None if effect.action.is_write() && effect.action != Action::RefDelete => Coverage::PathsUnknown,
            Some(_) | None => Coverage::NotGranted,
        }
    }

    /// The rights that grant the effect if its paths are left aside.
    fn holding<'a>(&'a self, name: &'a RepositoryName, effect: &'a Effect) -> impl Iterator<Item = &'a Right> {
        self.on(name).filter(|right| {
            right.lists(effect.action) && holds_ref(&right.refs, effect.action, effect.reference.as_ref())
        })
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().collect())
    }
}

impl Right {
    /// A right on all refs and paths of these repositories.
    pub fn on(repositories: Patterns<RepositoryPattern>, actions: Actions) -> Self {
        Self { repositories, actions, refs: Patterns::any(), paths: Patterns::any(), merge_from: BTreeSet::new() }
    }

    /// Whether it holds what is touched: by its path, or because it is only merged.
    fn holds_touch(&self, touch: &Touch) -> bool {
        touch.path().is_some_and(|path| self.paths.matches(path))
            || touch.merged_from.iter().any(|from| self.merge_from.contains(from))
    }

    /// Whether the action is listed or follows from what is.
    pub(crate) fn lists(&self, action: Action) -> bool {
        self.actions.contains(&action)
            || match action {
                Action::RepositoryRead => self.actions.iter().any(|listed| listed.is_on_repository()),
                Action::LfsWrite => self.actions.iter().any(|listed| listed.brings_content()),
                _ => false,
            }
    }
}

/// Whether an action may be done on a ref as far as a right on these refs is concerned.
pub(crate) fn holds_ref(refs: &Patterns<RefPattern>, action: Action, reference: Option<&RefName>) -> bool {
    match reference {
        Some(name) if action.takes_ref() || action == Action::ContentsRead => refs.matches(name),
        None if action.takes_ref() => false,
        None if action == Action::ContentsRead => refs.is_any(),
        Some(_) | None => true,
    }
}

pub(crate) fn is_limited_by_paths(action: Action) -> bool {
    action.takes_ref() || action == Action::ContentsRead
}

#[cfg(test)]
mod tests;
