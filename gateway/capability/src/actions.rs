//! The closed list of what a request can do. There is no wildcard: what is not named is not granted, and an action
//! invented later is refused by every token written today.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A set of actions.
pub type Actions = BTreeSet<Action>;

/// The text names no action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such action")]
pub struct UnknownAction;

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// What a request does, whatever door it came through.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum Action {
            $($(#[$doc])* $variant,)*
        }

        impl Action {
            /// Every action there is.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name, `contents:read`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

actions! {
    /// Clone, fetch, download, archive, contents, commits, trees, releases.
    ContentsRead = "contents:read",
    /// Push a ref that was not there.
    RefCreate = "ref:create",
    /// Push a fast-forward.
    RefUpdate = "ref:update",
    /// Push what is not a fast-forward.
    RefForce = "ref:force",
    /// Push a deletion.
    RefDelete = "ref:delete",
    /// Read the wiki.
    WikiRead = "wiki:read",
    /// Write the wiki.
    WikiWrite = "wiki:write",
    /// Read issues, comments, labels, milestones.
    IssuesRead = "issues:read",
    /// Write issues, comments, labels, milestones.
    IssuesWrite = "issues:write",
    /// Settings, hooks and keys.
    RepositoryAdmin = "repository:admin",
    /// Make a repository.
    RepositoryCreate = "repository:create",
    /// Delete a repository.
    RepositoryDelete = "repository:delete",
    /// Users, organizations, teams; the own account.
    DirectoryRead = "directory:read",
    /// Deploy keys, hooks, collaborators: whatever yields access of its own.
    CredentialsMint = "credentials:mint",
    /// Metadata and the ref advertisement; implied by any right on the repository.
    RepositoryRead = "repository:read",
    /// Upload a large object for a ref; implied by `ref:create|update|force` there.
    LfsWrite = "lfs:write",
    /// Read the journal.
    AuditRead = "audit:read",
    /// Approve or reject a change.
    ApprovalDecide = "approval:decide",
    /// Lock or unlock an agent.
    AgentLock = "agent:lock",
    /// Revoke a token.
    TokenRevoke = "token:revoke",
    /// Propose or activate policy.
    PolicyWrite = "policy:write",
    /// Rotate the issuing keys.
    KeysRotate = "keys:rotate",
}

impl Action {
    /// Follows from other actions and is never written in a policy.
    pub const fn is_implied(self) -> bool {
        matches!(self, Self::RepositoryRead | Self::LfsWrite)
    }

    /// Changes a ref: `ref:*`.
    pub const fn writes_ref(self) -> bool {
        matches!(self, Self::RefCreate | Self::RefUpdate | Self::RefForce | Self::RefDelete)
    }

    /// Cannot be decided without its ref: `ref:*` and `lfs:write`.
    pub const fn takes_ref(self) -> bool {
        self.writes_ref() || matches!(self, Self::LfsWrite)
    }

    /// Concerns a wiki, which has refs and paths of its own: none that a right or a caveat speaks of.
    pub const fn is_wikis(self) -> bool {
        matches!(self, Self::WikiRead | Self::WikiWrite)
    }

    /// Brings content onto a ref, which is what implies `lfs:write` there.
    pub const fn brings_content(self) -> bool {
        matches!(self, Self::RefCreate | Self::RefUpdate | Self::RefForce)
    }

    /// Changes anything at all.
    pub const fn is_write(self) -> bool {
        !matches!(
            self,
            Self::ContentsRead
                | Self::WikiRead
                | Self::IssuesRead
                | Self::DirectoryRead
                | Self::RepositoryRead
                | Self::AuditRead
        )
    }

    /// Acts on the gateway itself, the resource `spanner`.
    pub const fn is_spanners(self) -> bool {
        matches!(
            self,
            Self::AuditRead
                | Self::ApprovalDecide
                | Self::AgentLock
                | Self::TokenRevoke
                | Self::PolicyWrite
                | Self::KeysRotate
        )
    }

    /// Is done to a repository that exists; a right to it is a right *on* that repository.
    pub const fn is_on_repository(self) -> bool {
        !self.is_spanners() && !matches!(self, Self::DirectoryRead | Self::RepositoryCreate)
    }
}

/// `actions` with what they imply: `repository:read` always, `lfs:write` beside what brings content onto a ref.
pub(crate) fn with_implied(actions: &Actions) -> Actions {
    let mut all = actions.clone();
    all.insert(Action::RepositoryRead);
    if actions.iter().any(|action| action.brings_content()) {
        all.insert(Action::LfsWrite);
    }
    all
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text).ok_or(UnknownAction)
    }
}

impl TryFrom<String> for Action {
    type Error = UnknownAction;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Action> for String {
    fn from(action: Action) -> Self {
        action.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsing_what_is_displayed_gives_the_same_action() {
        for &action in Action::ALL {
            assert_eq!(action.to_string().parse(), Ok(action));
        }
        assert_eq!("contents:*".parse::<Action>(), Err(UnknownAction));
        assert_eq!("Contents:read".parse::<Action>(), Err(UnknownAction));
    }

    #[test]
    fn whatever_changes_a_ref_is_a_write_that_needs_its_ref() {
        for action in Action::ALL.iter().filter(|action| action.writes_ref()) {
            assert!(action.takes_ref() && action.is_write() && action.is_on_repository());
        }
    }

    #[test]
    fn implied_actions_come_with_what_implies_them() {
        let implied = |action| with_implied(&Actions::from([action]));
        assert!(implied(Action::IssuesRead).contains(&Action::RepositoryRead));
        assert!(!implied(Action::RefDelete).contains(&Action::LfsWrite));
        assert!(implied(Action::RefForce).contains(&Action::LfsWrite));
    }
}
