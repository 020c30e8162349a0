//! The path of a request: taken apart strictly, put together again for the forge.

use std::{borrow::Cow, fmt::Write};

use gogs_spanner_capability::{Reason, RepositoryName};

use super::{
    Query,
    escape::{self, is_plain},
};
use crate::refuse::Refusal;

/// Longer paths name nothing: owner, name, and a tree path of 4096 bytes.
pub(super) const LONGEST_PATH: usize = 5 * 1024;

/// A path and query for the forge, made of checked parts only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target(String);

impl Target {
    /// The root, to be extended.
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// `/{owner}/{name}.git`, the form in which Gogs serves Git.
    pub fn repository(repository: &RepositoryName) -> Self {
        Self(format!("/{repository}.git"))
    }

    /// `/{owner}/{name}.wiki.git`, the form in which Gogs serves the wiki's pages.
    pub fn wiki(repository: &RepositoryName) -> Self {
        Self(format!("/{repository}.wiki.git"))
    }

    /// Adds a path segment that was let through, escaped where it must be.
    #[must_use]
    pub fn segment(mut self, segment: &str) -> Self {
        let _infallible = write!(self.0, "/{}", escape::done(segment));
        self
    }

    /// Adds the query, encoded anew.
    #[must_use]
    pub fn query(mut self, query: &Query) -> Self {
        if !query.is_empty() {
            let _infallible = write!(self.0, "?{query}");
        }
        self
    }

    /// The same path with this query in the place of its own.
    #[must_use]
    pub fn asking(mut self, query: &Query) -> Self {
        self.0.truncate(self.0.find('?').unwrap_or(self.0.len()));
        self.query(query)
    }

    /// The text of the request line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Takes a path apart, and undoes the escapes of each segment. Only one reading of every path is let in: no empty or dot
/// segments, no escape of what needs none, nothing that a decoder, a case fold or a path cleaner upstream could turn into
/// another path.
pub(super) fn segments(path: &str) -> Result<Vec<Cow<'_, str>>, Refusal> {
    if path.len() > LONGEST_PATH {
        return Err(malformed("the path is too long"));
    }
    let is_taken = |character: &char| matches!(character, '/' | '%') || is_plain(*character);
    if let Some(odd) = path.chars().find(|character| !is_taken(character)) {
        return Err(malformed(format!("the path has a character that is not taken: {odd:?}")));
    }
    let rest = path.strip_prefix('/').ok_or_else(|| malformed("the path must begin with `/`"))?;
    if rest.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err(malformed("the path has an empty or a dot segment"));
    }
    rest.split('/').map(|segment| escape::undone(segment).map_err(|error| malformed(error.to_string()))).collect()
}

fn malformed(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Reason::RequestMalformed).because(why)
}
