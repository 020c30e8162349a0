//! One thing that limits a right: patterns of names, of which an effect's must each be one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    actions::Action,
    effect::{Effect, Touch},
    names::RefName,
    pattern::{PathPattern, Pattern, Patterns, RefPattern, RepositoryPattern},
    right::{Right, holds_ref, is_limited_by_paths},
    token::{Caveat, Circumstances, Names},
};

/// What must hold of the names of an effect; a member left out says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limit {
    /// The repository is one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repositories: Option<Patterns<RepositoryPattern>>,
    /// The ref is one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refs: Option<Patterns<RefPattern>>,
    /// Each path is one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paths: Option<Patterns<PathPattern>>,
    /// Or is merged from one of these.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub merge_from: BTreeSet<RefName>,
}

impl Limit {
    pub(super) fn of_right(right: &Right) -> Self {
        Self {
            repositories: Some(right.repositories.clone()),
            refs: Some(right.refs.clone()),
            paths: Some(right.paths.clone()),
            merge_from: right.merge_from.clone(),
        }
    }

    /// What a caveat leaves of an action: nothing, all, or what lies within a limit.
    pub(super) fn of_caveat(caveat: &Caveat, action: Action, here: &Circumstances<'_>) -> Option<Self> {
        let all = Self::default();
        match caveat {
            Caveat::Expires(_) | Caveat::Clients(_) => caveat.permits(&Effect::unbound(action), here).then_some(all),
            Caveat::Actions(actions) => actions.contains(&action).then_some(all),
            Caveat::Repositories(set) => Some(Self { repositories: Some(patterns(set, "*")?), ..all }),
            Caveat::Refs { besides, .. } | Caveat::Paths { besides, .. } if besides.contains(&action) => Some(all),
            Caveat::Refs { refs, .. } if is_limited_by_paths(action) => {
                Some(Self { refs: Some(patterns(refs, "**")?), ..all })
            }
            // A deletion is of all paths.
            Caveat::Paths { prefix, .. } if is_limited_by_paths(action) && action != Action::RefDelete => {
                Some(Self { paths: Some(Patterns::only(below(prefix.as_str(), "**")?)), ..all })
            }
            Caveat::Refs { .. } | Caveat::Paths { .. } => None,
        }
    }

    /// Whether the effect's repository and ref are among what it leaves.
    pub(super) fn holds_place(&self, effect: &Effect) -> bool {
        let is_in = |repositories: &Patterns<_>| effect.repository().is_some_and(|name| repositories.matches(name));
        self.repositories.as_ref().is_none_or(is_in)
            && self.refs.as_ref().is_none_or(|refs| holds_ref(refs, effect.action, effect.reference.as_ref()))
    }

    pub(super) fn is_anywhere(&self) -> bool {
        self.paths.as_ref().is_none_or(Patterns::is_any)
    }

    pub(super) fn holds_touch(&self, touch: &Touch) -> bool {
        let Some(paths) = &self.paths else { return true };
        touch.path().is_some_and(|path| paths.matches(path))
            || touch.merged_from.iter().any(|from| self.merge_from.contains(from))
    }
}

/// The patterns that hold what a caveat names; `deeper` is what lies below a prefix. `None` where there are no such patterns.
fn patterns<N: AsRef<str>, P: Pattern>(names: &Names<N>, deeper: &str) -> Option<Patterns<P>> {
    match names {
        Names::Exact(names) => Patterns::new(names.iter().filter_map(|name| literal(name.as_ref()))).ok(),
        Names::Under(prefix) => Some(Patterns::only(below(prefix.as_str(), deeper)?)),
    }
}

fn below<P: Pattern>(prefix: &str, deeper: &str) -> Option<P> {
    if prefix.contains('*') { None } else { format!("{prefix}{deeper}").parse().ok() }
}

/// A star in a name is a star, in a pattern it is not.
fn literal<P: Pattern>(name: &str) -> Option<P> {
    if name.contains('*') { None } else { name.parse().ok() }
}
