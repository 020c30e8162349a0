//! What can be said of an update before its objects are looked at.

use gogs_spanner_capability::{Action, Reason};
use gogs_spanner_gitwire::{RefUpdate, UpdateKind as Kind};

use super::super::pack::Kinship;

/// What is known of an update without its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Whatever it is, it is permitted.
    Settled,
    /// Whatever it is, it is refused.
    Refused,
    /// It depends on its objects.
    Open(Verdicts),
}

/// The decision on an update as it stands, for each action it may turn out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdicts {
    plain: Verdict,
    forced: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Permitted,
    Refused,
    /// A rule speaks of paths.
    ByPaths,
}

impl Reading {
    /// Reads an update; `decide` decides on an action as long as nothing is known of its paths.
    pub(super) fn of(update: &RefUpdate, decide: impl Fn(Action) -> Result<(), Reason>) -> Self {
        let verdict = |action| match decide(action) {
            Ok(()) => Verdict::Permitted,
            Err(Reason::PathsNotInspected) => Verdict::ByPaths,
            Err(_) => Verdict::Refused,
        };
        let plain = verdict(action(update.kind()));
        let forced = if update.kind() == Kind::Update { verdict(Action::RefForce) } else { plain };
        match (plain, forced) {
            (Verdict::Permitted, Verdict::Permitted) => Self::Settled,
            (Verdict::Refused, Verdict::Refused) => Self::Refused,
            _ => Self::Open(Verdicts { plain, forced }),
        }
    }
}

impl Verdicts {
    /// Whether an update that turned out to be this depends on its paths.
    pub(super) fn ask_for_paths(self, action: Action) -> bool {
        (if action == Action::RefForce { self.forced } else { self.plain }) == Verdict::ByPaths
    }

    /// Whether its paths may matter at all.
    pub(super) fn speak_of_paths(self) -> bool {
        [self.plain, self.forced].contains(&Verdict::ByPaths)
    }

    /// Whether it takes the objects to decide.
    pub(super) fn ask_for_objects(self, update: &RefUpdate) -> bool {
        at_sight(update).is_none_or(|action| self.ask_for_paths(action))
    }
}

/// The action of an update, as far as its ids tell.
pub(super) const fn action(kind: Kind) -> Action {
    match kind {
        Kind::Create => Action::RefCreate,
        Kind::Delete => Action::RefDelete,
        Kind::Update => Action::RefUpdate,
    }
}

/// The action of an update, where its ids and its name tell.
pub(super) fn at_sight(update: &RefUpdate) -> Option<Action> {
    match update.kind() {
        Kind::Update => Kinship::at_sight(update).map(of_kinship),
        kind => Some(action(kind)),
    }
}

/// The action of an update of what was there before.
pub(super) const fn of_kinship(kinship: Kinship) -> Action {
    match kinship {
        Kinship::FastForward => Action::RefUpdate,
        Kinship::Forced => Action::RefForce,
    }
}
