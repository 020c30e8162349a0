//! How far an agent's account is let into a repository of the forge.

use gogs_spanner_capability::{Action, RepositoryName, Rights};

/// What the forge can give a collaborator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Clone, and speak in issues.
    Read,
    /// Push, and put issues in order.
    Write,
    /// Settings, hooks, keys, collaborators.
    Admin,
}

impl Permission {
    const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// The forge's own word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// The permission of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == word)
    }

    /// The least permission with which everything the rights allow on a repository can be done; none where they allow
    /// nothing there.
    pub fn needed_by(rights: &Rights, repository: &RepositoryName) -> Option<Self> {
        let actions = rights.on(repository).flat_map(|right| &right.actions);
        actions.filter(|action| action.is_on_repository()).map(|action| Self::needed_for(*action)).max()
    }

    /// What the forge asks for before it lets anybody do an action (`gogs_permission` of each route, Gogs 0.14.3,
    /// `internal/route/api/v1/api.go:254-389`). Labels and milestones need `write`, comments do not; `issues:write` is both.
    const fn needed_for(action: Action) -> Self {
        match action {
            Action::RepositoryAdmin | Action::RepositoryDelete | Action::CredentialsMint => Self::Admin,
            Action::RefCreate
            | Action::RefUpdate
            | Action::RefForce
            | Action::RefDelete
            | Action::LfsWrite
            | Action::WikiWrite
            | Action::IssuesWrite => Self::Write,
            _ => Self::Read,
        }
    }
}
