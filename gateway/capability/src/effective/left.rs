//! Working out what is left.

use super::{EffectiveRight, Limit};
use crate::{
    actions::{Action, Actions},
    effect::Effect,
    pattern::{Pattern, Patterns},
    right::{Right, Rights, is_limited_by_paths},
    token::{Caveat, Circumstances},
};

/// What may be done to no repository: each side must list it in some right, and no caveat mind.
pub(super) fn elsewhere(rights: &Rights, caveats: &[&Caveat], policy: &Rights, here: &Circumstances<'_>) -> Actions {
    let is_left = |action: Action| {
        let effect = if action.is_spanners() { Effect::on_spanner(action) } else { Effect::unbound(action) };
        [rights, policy].iter().all(|side| side.iter().any(|right| right.lists(action)))
            && caveats.iter().all(|caveat| caveat.permits(&effect, here))
    };
    Action::ALL.iter().copied().filter(|action| !action.is_on_repository() && is_left(*action)).collect()
}

/// What may be done to repositories: of each right of the token what each right of the policy leaves.
pub(super) fn on_repositories(
    rights: &Rights,
    caveats: &[&Caveat],
    policy: &Rights,
    here: &Circumstances<'_>,
) -> Vec<EffectiveRight> {
    let limits = |action| caveats.iter().map(|caveat| Limit::of_caveat(caveat, action, here)).collect();
    // Whoever may not look at a repository is not let in to do more there.
    let look: Option<Vec<Limit>> = limits(Action::RepositoryRead);
    if look.is_none() {
        return Vec::new();
    }
    let mut left = Vec::new();
    // What is on both sides holds what others have in common with it, so it comes first.
    let pairs = || rights.iter().flat_map(|token| policy.iter().map(move |today| (token, today)));
    let (same, others): (Vec<_>, Vec<_>) = pairs().partition(|(token, today)| token == today);
    for (token, today) in same.into_iter().chain(others) {
        for (actions, limits) in together(token, today, &limits) {
            if let Some(right) = meet(actions, token, today, &limits) {
                keep(&mut left, right);
            }
        }
    }
    left
}

/// The actions both rights list, those with equal limits together.
fn together(token: &Right, today: &Right, limits: &dyn Fn(Action) -> Option<Vec<Limit>>) -> Vec<(Actions, Vec<Limit>)> {
    let mut groups: Vec<(Actions, Vec<Limit>)> = Vec::new();
    let is_listed = |action: &Action| action.is_on_repository() && token.lists(*action) && today.lists(*action);
    for action in Action::ALL.iter().copied().filter(is_listed) {
        let Some(limits) = limits(action) else { continue };
        match groups.iter_mut().find(|(_, known)| *known == limits) {
            Some((actions, _)) => drop(actions.insert(action)),
            None => groups.push((Actions::from([action]), limits)),
        }
    }
    groups
}

/// What lies within both rights and all limits; nothing where two of them have no name in common.
fn meet(mut actions: Actions, token: &Right, today: &Right, limits: &[Limit]) -> Option<EffectiveRight> {
    let all: Vec<_> =
        [Limit::of_right(token), Limit::of_right(today)].into_iter().chain(limits.iter().cloned()).collect();
    let repositories = narrowest(all.iter().filter_map(|limit| limit.repositories.clone()), is_within);
    let refs = narrowest(all.iter().filter_map(|limit| limit.refs.clone()), is_within);
    let paths = narrowest(all.into_iter().filter(|limit| limit.paths.is_some()), are_paths_within);
    let caveats = || limits.iter().filter_map(|limit| limit.paths.as_ref());
    let are_apart = caveats().any(|one| caveats().any(|other| !one.meets(other)));
    if !all_meet(&refs) || are_apart {
        actions.retain(|action| !is_limited_by_paths(*action));
    }
    if actions.is_empty() || !all_meet(&repositories) {
        return None;
    }
    let (mut repositories, mut refs, mut paths) = (repositories.into_iter(), refs.into_iter(), paths.into_iter());
    let Limit { paths: own, merge_from, .. } = paths.next()?;
    let mut right = EffectiveRight {
        actions,
        repositories: repositories.next()?,
        refs: refs.next()?,
        paths: own?,
        merge_from,
        within: Vec::new(),
    };
    right.within.extend(repositories.map(|set| Limit { repositories: Some(set), ..Limit::default() }));
    right.within.extend(refs.map(|set| Limit { refs: Some(set), ..Limit::default() }));
    right.within.extend(paths.map(|limit| Limit { repositories: None, refs: None, ..limit }));
    Some(right)
}

/// Without what another lies within.
fn narrowest<T>(sets: impl Iterator<Item = T>, is_within: impl Fn(&T, &T) -> bool) -> Vec<T> {
    sets.fold(Vec::new(), |mut kept: Vec<T>, set| {
        if !kept.iter().any(|known| is_within(known, &set)) {
            kept.retain(|known| !is_within(&set, known));
            kept.push(set);
        }
        kept
    })
}

/// Whether every name of `one` is one of `other`. `**` says more than its names: what has no name at all is within it.
fn is_within<P: Pattern>(one: &Patterns<P>, other: &Patterns<P>) -> bool {
    other.is_any() || (!one.is_any() && other.contains(one))
}

fn are_paths_within(one: &Limit, other: &Limit) -> bool {
    let (Some(inner), Some(outer)) = (&one.paths, &other.paths) else { return other.paths.is_none() };
    outer.is_any() || (is_within(inner, outer) && one.merge_from.is_subset(&other.merge_from))
}

fn all_meet<P: Pattern>(sets: &[Patterns<P>]) -> bool {
    sets.iter().all(|one| sets.iter().all(|other| one.meets(other)))
}

/// Adds a right unless one that is known says as much, and drops those it says more than.
fn keep(known: &mut Vec<EffectiveRight>, right: EffectiveRight) {
    if !known.iter().any(|wider| says_as_much(wider, &right)) {
        known.retain(|narrower| !says_as_much(&right, narrower));
        known.push(right);
    }
}

fn says_as_much(wider: &EffectiveRight, narrower: &EffectiveRight) -> bool {
    let is_limited = narrower.actions.iter().any(|action| is_limited_by_paths(*action));
    let paths = |right: &EffectiveRight| Limit {
        paths: Some(right.paths.clone()),
        merge_from: right.merge_from.clone(),
        ..Limit::default()
    };
    narrower.actions.is_subset(&wider.actions)
        && wider.within.iter().all(|limit| narrower.within.contains(limit))
        && is_within(&narrower.repositories, &wider.repositories)
        && (!is_limited
            || (is_within(&narrower.refs, &wider.refs) && are_paths_within(&paths(narrower), &paths(wider))))
}
