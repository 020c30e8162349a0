//! What a call reads of a repository's content, where it names one revision. Everything else reads the repository whole.
//!
//! Gogs takes a revision in three ways (0.14.3): `contents?ref=` goes to `git rev-parse`, where a tag goes before a branch of
//! the same name (`contents.go:109`); of `raw/…` the shortest beginning that is a branch or a tag is the revision
//! (`RepoRef` in `internal/context/repo.go`); `branches/…` takes a branch and nothing else (`branch.go:14`).

use gogs_spanner_capability::TreePath;

use crate::{classify::Query, refuse::Refusal};

/// The only file that `editorconfig/…` reads, whatever it is asked about (`Editorconfig` in `internal/context/repo.go`).
const EDITORCONFIG: &str = ".editorconfig";

/// What is read, in the words of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// A file, or a directory with the files in it; the root, where no path is named.
    Contents {
        /// What git is to find the commit by; none stands for the default branch.
        revision: Option<String>,
        /// The file or directory.
        path: Option<TreePath>,
    },
    /// A file whose path begins where the name of a branch ends.
    Raw(Vec<String>),
    /// The commit a branch is at.
    Branch(String),
    /// One file of the default branch.
    Settings(TreePath),
}

impl Reading {
    /// What a call below `/api/v1/repos/{owner}/{name}/` reads.
    pub(super) fn of(call: &[&str], query: &Query) -> Result<Option<Self>, Refusal> {
        Ok(match call {
            ["contents", path @ ..] => {
                let revision = query.get("ref").filter(|revision| !revision.is_empty()).map(str::to_owned);
                let path = (!path.is_empty()).then(|| super::tree_path(&path.join("/"))).transpose()?;
                Some(Self::Contents { revision, path })
            }
            ["raw", segments @ ..] => Some(Self::Raw(segments.iter().map(|&segment| segment.to_owned()).collect())),
            ["branches", name @ ..] if !name.is_empty() => Some(Self::Branch(name.join("/"))),
            ["editorconfig", _] => Some(Self::Settings(super::tree_path(EDITORCONFIG)?)),
            _ => None,
        })
    }
}
