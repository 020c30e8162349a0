//! What a token may do today, written out: its rights ∧ today's policy ∧ its caveats.
//!
//! It is for showing and for planning; no decision is made from it. It is exact, which a property test holds it to, but
//! for names no pattern can be written for: a caveat may name `refs/heads/a#1`, and what only such a name lets through is
//! left out.

mod left;
mod limit;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use self::limit::Limit;
use crate::{
    actions::{Action, Actions},
    effect::{Effect, Touch},
    names::RefName,
    pattern::{PathPattern, Patterns, RefPattern, RepositoryPattern},
    right::{Rights, is_limited_by_paths},
    token::{Caveat, Circumstances},
};

/// What may be done today.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effective {
    /// On repositories: a union.
    pub rights: Vec<EffectiveRight>,
    /// On no repository: `directory:read`, and what is done to the gateway itself.
    pub elsewhere: Actions,
}

/// A right that is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectiveRight {
    /// What may be done. What other actions imply is listed as well, for a caveat may have taken it.
    pub actions: Actions,
    /// In which repositories.
    pub repositories: Patterns<RepositoryPattern>,
    /// On which refs; limits `ref:*`, `lfs:write` and `contents:read`.
    pub refs: Patterns<RefPattern>,
    /// In which paths; limits the same actions, but for `lfs:write`, which touches none.
    pub paths: Patterns<PathPattern>,
    /// The refs that may be merged whatever their paths.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub merge_from: BTreeSet<RefName>,
    /// What must hold besides, each of it: where two sets of patterns overlap and neither lies within the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<Limit>,
}

impl Effective {
    /// What is left of the rights of a token, here and now.
    pub fn of<'c>(
        rights: &Rights,
        caveats: impl IntoIterator<Item = &'c Caveat>,
        policy: &Rights,
        here: &Circumstances<'_>,
    ) -> Self {
        let caveats: Vec<_> = caveats.into_iter().collect();
        Self {
            rights: left::on_repositories(rights, &caveats, policy, here),
            elsewhere: left::elsewhere(rights, &caveats, policy, here),
        }
    }

    /// Whether an effect on a repository, or on none, is among what may be done. Whoever may read everything may read
    /// something.
    pub fn holds(&self, effect: &Effect) -> bool {
        match effect.repository() {
            None => self.elsewhere.contains(&effect.action),
            Some(repository) if effect.action == Action::ContentsRead => {
                self.holds_just(&Effect::on_repository(Action::ContentsRead, repository)) || self.holds_just(effect)
            }
            Some(_) => self.holds_just(effect),
        }
    }

    fn holds_just(&self, effect: &Effect) -> bool {
        let holding: Vec<_> = self.rights.iter().filter(|right| right.holds_place(effect)).collect();
        match effect.paths.known() {
            _ if holding.is_empty() => false,
            _ if !is_limited_by_paths(effect.action) || holding.iter().any(|right| right.is_anywhere()) => true,
            Some(touches) => touches.iter().all(|touch| holding.iter().any(|right| right.holds_touch(touch))),
            None => false,
        }
    }
}

impl EffectiveRight {
    /// Whether it is about such an effect, its paths left aside.
    fn holds_place(&self, effect: &Effect) -> bool {
        self.actions.contains(&effect.action) && self.limits().iter().all(|limit| limit.holds_place(effect))
    }

    fn is_anywhere(&self) -> bool {
        self.limits().iter().all(Limit::is_anywhere)
    }

    fn holds_touch(&self, touch: &Touch) -> bool {
        self.limits().iter().all(|limit| limit.holds_touch(touch))
    }

    /// All that must hold: its own patterns, and what it is within.
    fn limits(&self) -> Vec<Limit> {
        let own = Limit {
            repositories: Some(self.repositories.clone()),
            refs: Some(self.refs.clone()),
            paths: Some(self.paths.clone()),
            merge_from: self.merge_from.clone(),
        };
        [own].into_iter().chain(self.within.iter().cloned()).collect()
    }
}
