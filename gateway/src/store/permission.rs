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
        rights.on(repository).flat_map(|right| &right.actions).filter_map(|action| Self::needed_for(*action)).max()
    }

    /// What the forge asks for before it lets anybody do an action (`gogs_permission` of each route, Gogs 0.14.3,
    /// `internal/route/api/v1/api.go:254-389`). Labels and milestones need `write`, comments do not; `issues:write` is both.
    const fn needed_for(action: Action) -> Option<Self> {
        match action {
            Action::RepositoryRead | Action::ContentsRead | Action::WikiRead | Action::IssuesRead => Some(Self::Read),
            Action::RefCreate
            | Action::RefUpdate
            | Action::RefForce
            | Action::RefDelete
            | Action::LfsWrite
            | Action::WikiWrite
            | Action::IssuesWrite => Some(Self::Write),
            Action::RepositoryAdmin | Action::RepositoryDelete | Action::CredentialsMint => Some(Self::Admin),
            Action::RepositoryCreate
            | Action::DirectoryRead
            | Action::AuditRead
            | Action::ApprovalDecide
            | Action::AgentLock
            | Action::TokenRevoke
            | Action::PolicyWrite
            | Action::KeysRotate => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

    use gogs_spanner_capability::{Actions, Patterns, Right};

    use super::*;

    fn right(repositories: &str, actions: &[Action]) -> Right {
        Right::on(Patterns::only(repositories.parse().unwrap()), actions.iter().copied().collect::<Actions>())
    }

    #[test]
    fn an_account_gets_the_least_with_which_all_its_rights_can_be_used() {
        let rights: Rights = [
            right("acme/web", &[Action::ContentsRead, Action::DirectoryRead]),
            right("acme/site-*", &[Action::ContentsRead]),
            right("acme/site-b", &[Action::RefUpdate]),
            right("acme/hooks", &[Action::CredentialsMint]),
            right("acme/people", &[Action::DirectoryRead]),
        ]
        .into_iter()
        .collect();
        let needed = |name| Permission::needed_by(&rights, &RepositoryName::parse(name).unwrap());
        assert_eq!(needed("acme/web"), Some(Permission::Read));
        assert_eq!(needed("acme/site-a"), Some(Permission::Read));
        assert_eq!(needed("acme/site-b"), Some(Permission::Write));
        assert_eq!(needed("acme/hooks"), Some(Permission::Admin));
        assert_eq!(needed("acme/people"), None);
        assert_eq!(needed("acme/secret"), None);
    }
}
