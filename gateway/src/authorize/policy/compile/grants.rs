//! Roles and grants become rights.

use std::collections::BTreeSet;

use gogs_spanner_capability::{
    Actions, PathPattern, Pattern, Patterns, RefName, RefPattern, RepositoryPattern, Right, Rights,
};

use super::{Misfit, Names};
use crate::config::{Agent, Grant, Role, RoleRight, Written};

/// Refs one right may let be merged: each is compared with on every push.
const MERGE_SOURCES: usize = 8;

/// Refuses a role that says less or more than it seems to.
pub(super) fn check_role(role: &Role) -> Result<(), Misfit> {
    if role.rights.is_empty() {
        return Err(Misfit::new(role.name.span(), "this role allows nothing", "list its `rights`, or take it out"));
    }
    let rights: Vec<_> = role.rights.iter().map(|right| compile(role, right)).collect::<Result<_, _>>()?;
    for (at, right) in rights.iter().enumerate() {
        let is_idle = rights.iter().enumerate().any(|(other, wider)| {
            // Of two equal ones the later is idle.
            other != at && includes(wider, right) && (other < at || !includes(right, wider))
        });
        if is_idle {
            let span = role.rights[at].actions.first().map_or(role.name.span(), Written::span);
            let mend = "take it out: another right of this role holds all of it";
            return Err(Misfit::new(span, "this right can never decide anything", mend));
        }
    }
    Ok(())
}

impl Names<'_> {
    /// The union of an agent's grants.
    pub(super) fn rights(&self, agent: &Agent) -> Result<Rights, Misfit> {
        self.union(&agent.grants)
    }

    /// The union of grants.
    pub(super) fn union(&self, grants: &[Grant]) -> Result<Rights, Misfit> {
        let granted: Vec<Vec<Right>> = grants.iter().map(|grant| self.granted(grant)).collect::<Result<_, _>>()?;
        Ok(granted.into_iter().flatten().collect())
    }

    fn granted(&self, grant: &Grant) -> Result<Vec<Right>, Misfit> {
        let role = self.roles.get(grant.role.as_str()).ok_or_else(|| {
            Misfit::new(grant.role.span(), "there is no role of this name", "write the `name` of a `[[role]]`")
        })?;
        let repositories = set(&grant.repositories)?.ok_or_else(|| {
            Misfit::new(grant.role.span(), "this grant names no repository", "list them, `**` for all")
        })?;
        let on_those = |right| Ok(Right { repositories: repositories.clone(), ..compile(role, right)? });
        role.rights.iter().map(on_those).collect()
    }
}

/// A right of a role, on every repository.
fn compile(role: &Role, right: &RoleRight) -> Result<Right, Misfit> {
    let actions: Actions = right.actions.iter().map(|action| **action).collect();
    if actions.is_empty() {
        return Err(Misfit::new(role.name.span(), "a right of this role lists no action", "list its `actions`"));
    }
    let writes_ref = right.actions.iter().find(|action| action.writes_ref());
    let refs = match (&right.refs, writes_ref) {
        (None, Some(action)) => {
            let mend = "write `refs` beside it, `[\"**\"]` for every branch and tag";
            return Err(Misfit::new(action.span(), "this right writes refs and does not say which", mend));
        }
        (None, None) => Patterns::any(),
        (Some(refs), _) => some(role, "refs", refs)?,
    };
    let paths = right.paths.as_ref().map_or_else(|| Ok(Patterns::any()), |paths| some(role, "paths", paths))?;
    let merge_from = merge_from(right, &paths)?;
    Ok(Right { refs, paths, merge_from, ..Right::on(Patterns::any(), actions) })
}

/// The refs that may be merged: only beside paths they could be an exception to.
fn merge_from(right: &RoleRight, paths: &Patterns<PathPattern>) -> Result<BTreeSet<RefName>, Misfit> {
    let Some(first) = right.merge_from.first() else { return Ok(BTreeSet::new()) };
    if paths.is_any() || !right.actions.iter().any(|action| action.brings_content()) {
        let mend = "write it beside `paths`, in a right that creates, updates or forces refs";
        return Err(Misfit::new(first.span(), "`merge_from` makes no difference in this right", mend));
    }
    if right.merge_from.len() > MERGE_SOURCES {
        let what = format!("`merge_from` lists more than {MERGE_SOURCES} refs");
        return Err(Misfit::new(first.span(), what, "name the few branches everybody builds upon"));
    }
    Ok(right.merge_from.iter().map(|name| (**name).clone()).collect())
}

fn some<P: Everything>(role: &Role, key: &str, patterns: &[Written<P>]) -> Result<Patterns<P>, Misfit> {
    set(patterns)?.ok_or_else(|| {
        let mend = "name some, or take the key out where it may be left out";
        Misfit::new(role.name.span(), format!("the `{key}` of a right of this role are empty"), mend)
    })
}

/// The set of patterns; none of them may mean everything without saying so.
fn set<P: Everything>(patterns: &[Written<P>]) -> Result<Option<Patterns<P>>, Misfit> {
    let hidden = patterns.iter().find(|pattern| !pattern.is_any() && pattern.is_everything());
    match hidden {
        Some(pattern) => {
            Err(Misfit::new(pattern.span(), "this pattern matches everything", "say so, `**`, or name less"))
        }
        None => Ok(Patterns::new(patterns.iter().map(|pattern| (**pattern).clone())).ok()),
    }
}

/// Whether a pattern holds all there is.
trait Everything: Pattern {
    fn is_everything(&self) -> bool {
        Self::cover(std::iter::once(self), &Self::any())
    }
}

impl Everything for RepositoryPattern {}
impl Everything for RefPattern {}
impl Everything for PathPattern {}

/// Whether `wider` allows all that `right` allows, where both are on the same repositories.
fn includes(wider: &Right, right: &Right) -> bool {
    let merges = right.merge_from.is_subset(&wider.merge_from) || wider.paths.is_any();
    right.actions.is_subset(&wider.actions)
        && wider.refs.contains(&right.refs)
        && wider.paths.contains(&right.paths)
        && merges
}
