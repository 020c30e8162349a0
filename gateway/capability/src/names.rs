//! The names of the things a token speaks of. Each has one parsing constructor and one canonical spelling, so two
//! names are equal exactly when Gogs (for repositories) or git (for refs and paths) would take them for the same thing.

use serde::{Deserialize, Serialize};

use crate::text::parsed_text;

/// Gogs takes user names of at most 35 characters, and an agent's account carries its name.
const AGENT_MAX: usize = 35;
/// `models.User` in Gogs 0.14.3: a name longer than this is refused by its forms.
const OWNER_MAX: usize = 35;
/// `CreateRepo` in Gogs 0.14.3: `binding:"…;MaxSize(100)"`.
const REPOSITORY_MAX: usize = 100;
/// Longer refs meet file name limits of the server's file system; nobody writes them.
const REF_MAX: usize = 1024;
/// `PATH_MAX` of Linux.
const PATH_MAX: usize = 4096;
/// A delegate's name is shown in listings and logs.
const DELEGATE_MAX: usize = 64;

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was written.
    #[error("a name is empty")]
    Empty,
    /// More bytes than the kind of name may have.
    #[error("a name is longer than {max} bytes")]
    TooLong {
        /// The most there may be.
        max: usize,
    },
    /// A character the kind of name does not have.
    #[error("{0:?} cannot stand in this name")]
    Character(char),
    /// The parts do not have the shape of the kind of name.
    #[error("{0}")]
    Shape(&'static str),
}

/// A registered automation: `[a-z0-9][a-z0-9-]*`, at most 35 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AgentName(String);

impl AgentName {
    /// Parses a name; there is no other spelling of the same name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        bounded(text, AGENT_MAX)?;
        refuse_unless(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')?;
        if text.starts_with('-') {
            return Err(NameError::Shape("a name begins with a letter or a digit"));
        }
        Ok(Self(text.to_owned()))
    }
}

parsed_text!(AgentName, NameError);

/// A repository, `owner/name`, in lower case: Gogs compares both without case (`internal/database/repo.go`, `LowerName`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepositoryName(String);

impl RepositoryName {
    /// Parses `owner/name` in any case.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        bounded(text, OWNER_MAX + 1 + REPOSITORY_MAX)?;
        let (owner, name) = text.split_once('/').ok_or(NameError::Shape("a repository is written owner/name"))?;
        part(owner, OWNER_MAX)?;
        part(name, REPOSITORY_MAX)?;
        let canonical = text.to_ascii_lowercase();
        if owner == "-" {
            return Err(NameError::Shape("the owner \"-\" is reserved"));
        }
        if [".git", ".wiki"].iter().any(|suffix| canonical.ends_with(suffix)) {
            return Err(NameError::Shape("a repository's name does not end in .git or .wiki"));
        }
        Ok(Self(canonical))
    }

    /// The user or organization it belongs to.
    pub fn owner(&self) -> &str {
        self.0.split_once('/').map_or("", |(owner, _)| owner)
    }

    /// Its name without the owner.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

parsed_text!(RepositoryName, NameError);

/// A full ref, `refs/…`, by the rules of git-check-ref-format(1).
///
/// A component that begins with `-` or `+` is refused as well: Gogs hands refs to git as arguments (GHSA-mxrh, GHSA-2grc),
/// and its `PUT contents` runs `git push origin BRANCH` (`UpdateRepoFile` in `repo_editor.go`), where `+x` forces `x`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RefName(String);

impl RefName {
    /// Parses a full ref name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        bounded(text, REF_MAX)?;
        refuse_unless(text, |c| !c.is_control() && !" ~^:?*[\\".contains(c))?;
        let below = text.strip_prefix("refs/").ok_or(NameError::Shape("a ref is written in full, refs/…"))?;
        if text.contains("..") || text.contains("@{") || text.ends_with('.') {
            return Err(NameError::Shape("a ref has no \"..\", no \"@{\" and no dot at its end"));
        }
        below.split('/').try_for_each(ref_component)?;
        Ok(Self(text.to_owned()))
    }

    /// The ref of a branch given by its short name.
    pub fn for_branch(branch: &str) -> Result<Self, NameError> {
        Self::parse(&format!("refs/heads/{branch}"))
    }

    /// Whether it lies below `refs/heads/`.
    pub fn is_branch(&self) -> bool {
        self.branch().is_some()
    }

    /// Whether it lies below `refs/tags/`.
    pub fn is_tag(&self) -> bool {
        self.0.starts_with("refs/tags/")
    }

    /// The short name of a branch.
    pub fn branch(&self) -> Option<&str> {
        self.0.strip_prefix("refs/heads/")
    }
}

parsed_text!(RefName, NameError);

/// A file's path inside a repository: relative, every segment a name git would store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TreePath(String);

impl TreePath {
    /// Parses a path as it stands in a tree.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        bounded(text, PATH_MAX)?;
        refuse_unless(text, |c| !c.is_control())?;
        text.split('/').try_for_each(path_segment)?;
        Ok(Self(text.to_owned()))
    }
}

parsed_text!(TreePath, NameError);

/// What a holder calls whom it hands a narrowed token: a claim of its own, shown as such and never decided on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DelegateName(String);

impl DelegateName {
    /// Parses up to 64 bytes of printable text.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        bounded(text, DELEGATE_MAX)?;
        refuse_unless(text, |c| !c.is_control())?;
        Ok(Self(text.to_owned()))
    }
}

parsed_text!(DelegateName, NameError);

fn bounded(text: &str, max: usize) -> Result<(), NameError> {
    match text.len() {
        0 => Err(NameError::Empty),
        length if length > max => Err(NameError::TooLong { max }),
        _ => Ok(()),
    }
}

fn refuse_unless(text: &str, allowed: impl Fn(char) -> bool) -> Result<(), NameError> {
    text.chars().find(|&c| !allowed(c)).map_or(Ok(()), |c| Err(NameError::Character(c)))
}

fn part(text: &str, max: usize) -> Result<(), NameError> {
    bounded(text, max)?;
    refuse_unless(text, |c| c.is_ascii_alphanumeric() || "._-".contains(c))?;
    if matches!(text, "." | "..") { Err(NameError::Shape("a name is not a dot segment")) } else { Ok(()) }
}

fn ref_component(component: &str) -> Result<(), NameError> {
    let is_lock = component.rsplit_once('.').is_some_and(|(_, end)| end == "lock");
    if component.is_empty() || component.starts_with(['.', '-', '+']) || is_lock {
        return Err(NameError::Shape(
            "a part of a ref is not empty, begins with none of . - + and does not end in .lock",
        ));
    }
    Ok(())
}

fn path_segment(segment: &str) -> Result<(), NameError> {
    if matches!(segment, "" | "." | "..") || segment.eq_ignore_ascii_case(".git") {
        return Err(NameError::Shape("a path is relative and has no empty, dot or .git segment"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
