//! A repository's row, and what an account may do with it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    state::State,
    tracker::{Issue, Label, Milestone},
};

/// What Gogs calls an access mode; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    None,
    Read,
    Write,
    Admin,
    Owner,
}

impl Access {
    /// The mode a collaborator is given by this word: any unknown one is `write` (recorded).
    pub(super) fn of_word(word: Option<&str>) -> Self {
        match word {
            Some("read") => Self::Read,
            Some("admin") => Self::Admin,
            _ => Self::Write,
        }
    }
}

pub(super) struct Repository {
    pub(super) id: i64,
    pub(super) owner: i64,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) private: bool,
    /// What it was forked from.
    pub(super) parent: Option<i64>,
    pub(super) default_branch: String,
    pub(super) watchers: u32,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) collaborators: BTreeMap<i64, Access>,
    pub(super) issues: Vec<Issue>,
    pub(super) labels: Vec<Label>,
    pub(super) milestones: Vec<Milestone>,
    pub(super) hooks: Vec<Hook>,
    /// Its large objects with their sizes, by oid.
    pub(super) lfs: BTreeMap<String, i64>,
}

pub(super) struct Hook {
    pub(super) id: i64,
    pub(super) kind: String,
    pub(super) config: Value,
    pub(super) events: Vec<String>,
    pub(super) active: bool,
    pub(super) created: Timestamp,
}

impl Repository {
    /// What the rows say an account may do here. A site administrator has no more than anybody else: the API adds
    /// that, Git does not (`permissions.go:75-103`).
    pub(super) fn access(&self, state: &State, account: i64) -> Access {
        let owned = state.accounts.get(&self.owner).is_some_and(|owner| owner.is_owned_by(account));
        let granted = self.collaborators.get(&account).copied().unwrap_or(Access::None);
        match (owned, self.private) {
            (true, _) => Access::Owner,
            (false, false) => granted.max(Access::Read),
            (false, true) => granted,
        }
    }

    pub(super) fn issue(&self, number: &str) -> Option<&Issue> {
        let number: i64 = number.parse().ok()?;
        self.issues.iter().find(|issue| issue.number == number)
    }

    /// The number of the next one.
    pub(super) fn next_issue(&self) -> i64 {
        self.issues.last().map_or(1, |last| last.number + 1)
    }

    pub(super) fn issue_mut(&mut self, number: &str) -> Option<&mut Issue> {
        let number: i64 = number.parse().ok()?;
        self.issues.iter_mut().find(|issue| issue.number == number)
    }
}
