//! Less on request (`authorization_details`, RFC 9396): what is asked for must be contained in one right, or it is
//! refused by name. Nothing is guessed by intersecting patterns.
//!
//! A token that exists is narrowed by caveats, which stand beside its rights: there what is asked for may lie in several.

use serde::{Deserialize, Serialize};

use super::{Right, Rights};
use crate::{
    actions::Actions,
    pattern::{PathPattern, Patterns, RefPattern, RepositoryPattern},
};

/// What a caller asks for. A member left out means "as in the right".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// The actions, all out of one right.
    pub actions: Option<Actions>,
    /// The repositories.
    pub repositories: Option<Patterns<RepositoryPattern>>,
    /// The refs.
    pub refs: Option<Patterns<RefPattern>>,
    /// The paths.
    pub paths: Option<Patterns<PathPattern>>,
}

/// The member no right contains, the others being as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NarrowError {
    /// No right lists all the actions named, or none are named.
    #[error("no right contains these actions together")]
    Actions,
    /// No right with these actions contains the repositories.
    #[error("no right to these actions contains these repositories")]
    Repositories,
    /// No right with these actions on these repositories contains the refs.
    #[error("no right to these actions contains these refs")]
    Refs,
    /// No right with these actions on these repositories and refs contains the paths.
    #[error("no right to these actions contains these paths")]
    Paths,
}

impl NarrowError {
    /// The member's name in `authorization_details`.
    pub const fn member(self) -> &'static str {
        match self {
            Self::Actions => "actions",
            Self::Repositories => "repositories",
            Self::Refs => "refs",
            Self::Paths => "paths",
        }
    }
}

impl Rights {
    /// Every right that contains what is named, narrowed to it.
    pub fn narrow(&self, request: &Request) -> Result<Self, NarrowError> {
        let mut rights = self.0.clone();
        keep(&mut rights, NarrowError::Actions, |right| right.take_actions(request.actions.as_ref()))?;
        keep(&mut rights, NarrowError::Repositories, |right| {
            take(&mut right.repositories, request.repositories.as_ref())
        })?;
        keep(&mut rights, NarrowError::Refs, |right| take(&mut right.refs, request.refs.as_ref()))?;
        keep(&mut rights, NarrowError::Paths, |right| take(&mut right.paths, request.paths.as_ref()))?;
        Ok(Self(rights))
    }

    /// The rights that hold some of each member that is named, each as far as it holds the member whole. Every single
    /// value must be held by one of them, or it is refused by name.
    ///
    /// It is what caveats of these names leave, wherever a right says more than it may: they bind it as well.
    pub fn reach(&self, request: &Request) -> Result<Self, NarrowError> {
        let Request { actions, repositories, refs, paths } = request;
        let mut rights = self.0.clone();
        reach(&mut rights, NarrowError::Actions, actions.as_ref(), |right, action| right.lists(**action))?;
        reach(&mut rights, NarrowError::Repositories, repositories.as_ref().map(Patterns::iter), |right, one| {
            right.repositories.covers(one)
        })?;
        reach(&mut rights, NarrowError::Refs, refs.as_ref().map(Patterns::iter), |right, one| right.refs.covers(one))?;
        reach(&mut rights, NarrowError::Paths, paths.as_ref().map(Patterns::iter), |right, one| {
            right.paths.covers(one)
        })?;
        for right in &mut rights {
            if let Some(wanted) = actions {
                right.actions = wanted.iter().copied().filter(|&action| right.lists(action)).collect();
            }
            take(&mut right.refs, refs.as_ref());
            take(&mut right.paths, paths.as_ref());
        }
        Ok(Self(rights))
    }
}

impl Right {
    fn take_actions(&mut self, wanted: Option<&Actions>) -> bool {
        let Some(wanted) = wanted else { return true };
        let is_listed = !wanted.is_empty() && wanted.iter().all(|&action| self.lists(action));
        if is_listed {
            self.actions.clone_from(wanted);
        }
        is_listed
    }
}

fn keep(
    rights: &mut Vec<Right>,
    missing: NarrowError,
    contains: impl FnMut(&mut Right) -> bool,
) -> Result<(), NarrowError> {
    rights.retain_mut(contains);
    if rights.is_empty() { Err(missing) } else { Ok(()) }
}

/// Keeps the rights that hold one of the values at least, where each of them is held by one at least.
fn reach<V>(
    rights: &mut Vec<Right>,
    missing: NarrowError,
    wanted: Option<impl IntoIterator<Item = V>>,
    holds: impl Fn(&Right, &V) -> bool,
) -> Result<(), NarrowError> {
    let Some(wanted) = wanted else { return Ok(()) };
    let wanted: Vec<V> = wanted.into_iter().collect();
    if !wanted.iter().all(|value| rights.iter().any(|right| holds(right, value))) {
        return Err(missing);
    }
    keep(rights, missing, |right| wanted.iter().any(|value| holds(right, value)))
}

fn take<P: crate::pattern::Pattern>(held: &mut Patterns<P>, wanted: Option<&Patterns<P>>) -> bool {
    let Some(wanted) = wanted else { return true };
    let is_contained = held.contains(wanted);
    if is_contained {
        held.clone_from(wanted);
    }
    is_contained
}
