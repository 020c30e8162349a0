//! The path of a request: taken apart strictly, put together again for the forge.

use std::fmt::Write;

use gogs_spanner_capability::{Reason, RepositoryName};

use super::Query;
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

    /// Adds a path segment that was let through.
    #[must_use]
    pub fn segment(mut self, segment: &str) -> Self {
        self.0.push('/');
        self.0.push_str(segment);
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

/// Takes a path apart. Only one spelling of every path is let in: no escapes, no empty or dot segments, nothing that a
/// decoder, a case fold or a path cleaner upstream could turn into another path.
pub(super) fn segments(path: &str) -> Result<Vec<&str>, Refusal> {
    if path.len() > LONGEST_PATH {
        return Err(malformed("the path is too long"));
    }
    if let Some(odd) = path.chars().find(|character| !is_plain(*character)) {
        return Err(malformed(format!("the path has a character that is not taken: {odd:?}")));
    }
    let rest = path.strip_prefix('/').ok_or_else(|| malformed("the path must begin with `/`"))?;
    let segments: Vec<&str> = rest.split('/').collect();
    if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
        return Err(malformed("the path has an empty or a dot segment"));
    }
    Ok(segments)
}

/// RFC 3986 path characters that mean only themselves: unreserved, and those sub-delimiters file names really have.
const fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(
            character,
            '/' | '-' | '.' | '_' | '~' | '@' | '+' | ',' | ':' | '=' | '!' | '$' | '&' | '\'' | '(' | ')'
        )
}

fn malformed(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Reason::RequestMalformed).because(why)
}
