//! What a call is answered with, as far as the gateway has to know it.

use gogs_spanner_capability::{Action, Effect};

use crate::classify::table::Row;

/// What a call is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answers {
    /// A document of the forge.
    Document,
    /// A repository: what the token may not read of those it was forked from is left out.
    Repository,
    /// Entries of several repositories: only those the token may read are passed on.
    Entries(Listing),
    /// A file, or a directory with the files in it, to somebody who may not read everything: of a directory only those are
    /// passed on that the token may read.
    Content {
        /// The read that was permitted. Each entry is the same in its own path.
        read: Effect,
    },
    /// Bytes of a repository.
    File {
        /// What it is saved as.
        name: String,
        /// Whether it is all of the repository's files.
        is_archive: bool,
    },
}

/// A list across repositories, by the shape of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// An array of repositories.
    Repositories,
    /// The same in the envelope of `/repos/search`.
    FoundRepositories,
    /// An array of issues, which do not say whose they are.
    Issues,
}

impl Listing {
    /// What the token must be allowed in a repository to be shown its entries.
    pub const fn action(self) -> Action {
        match self {
            Self::Repositories | Self::FoundRepositories => Action::RepositoryRead,
            Self::Issues => Action::IssuesRead,
        }
    }
}

impl Answers {
    pub(super) fn of(row: &Row, segments: &[&str]) -> Self {
        let last = segments.last().copied().unwrap_or_default();
        match row.pattern.as_str() {
            "/api/v1/repos/:username/:reponame" => Self::Repository,
            "/api/v1/repos/search" => Self::Entries(Listing::FoundRepositories),
            "/api/v1/issues" | "/api/v1/user/issues" => Self::Entries(Listing::Issues),
            "/api/v1/user/repos" | "/api/v1/users/:username/repos" | "/api/v1/orgs/:org/repos" => {
                Self::Entries(Listing::Repositories)
            }
            // A list of other repositories than the one it was asked of.
            pattern if pattern.ends_with("/forks") => Self::Entries(Listing::Repositories),
            pattern if pattern.ends_with("/raw/*") => Self::File { name: last.to_owned(), is_archive: false },
            pattern if pattern.ends_with("/archive/*") => {
                let revision = segments.get(6..).unwrap_or_default().join("-");
                // Named as the repository is, whatever its caller writes.
                let repository = segments[4].to_ascii_lowercase();
                Self::File { name: format!("{repository}-{revision}"), is_archive: true }
            }
            _ => Self::Document,
        }
    }
}
