//! The table of cases, class by class.

mod framing;
mod git;
mod headers;
mod large;
mod lfs;
mod lying;
mod query;
mod slow;
mod target;
mod ticket;
mod token;

use std::fmt;

use crate::case::Case;

/// The repository the agent may be in, at the API.
const REPOSITORY: &str = "/api/v1/repos/acme/handbook";
/// Where it may open issues.
const ISSUES: &str = "/api/v1/repos/acme/handbook/issues";
/// An issue, in the gateway's own serialisation.
const ISSUE: &str = r#"{"title":"t"}"#;
/// What the API takes.
const JSON: &str = "application/json";

/// Where large objects are asked for, and what that takes.
pub(crate) const BATCH: &str = "/acme/handbook.git/info/lfs/objects/batch";
/// What the LFS door takes.
pub(crate) const LFS: &str = "application/vnd.git-lfs+json";
/// The SHA-256 of `hello`.
pub(crate) const OID: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
/// The SHA-256 of `world`.
pub(crate) const OTHER_OID: &str = "486ea46224d1bb4fb680f34f7c9ad96a8f24ec88be73ea8e5a6c65260e9cb8a7";
/// Where `hello` is transferred.
pub(crate) const OBJECT: &str =
    "/acme/handbook.git/info/lfs/objects/basic/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// A class of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Where a message ends, and where the next one begins.
    Framing,
    /// Who is asking, and by which other name.
    Headers,
    /// Other spellings of a path, and other doors.
    Target,
    /// Other spellings of a query, and what hides in one.
    Query,
    /// What is no token, and what is somebody else's.
    Token,
    /// More than there is room for.
    Large,
    /// Later than anybody waits.
    Slow,
    /// Git bodies that are not what they say.
    Git,
    /// LFS bodies that are not what they say.
    Lfs,
    /// A forge that is not what it should be.
    Lying,
}

impl Class {
    /// Every class, in the order they are run.
    pub const ALL: [Self; 10] = [
        Self::Framing,
        Self::Headers,
        Self::Target,
        Self::Query,
        Self::Token,
        Self::Large,
        Self::Slow,
        Self::Git,
        Self::Lfs,
        Self::Lying,
    ];

    /// Its cases.
    pub fn cases(self) -> Vec<Case> {
        match self {
            Self::Framing => framing::cases(),
            Self::Headers => headers::cases(),
            Self::Target => target::cases(),
            Self::Query => query::cases(),
            Self::Token => token::cases(),
            Self::Large => large::cases(),
            Self::Slow => slow::cases(),
            Self::Git => git::cases(),
            Self::Lfs => [lfs::cases(), ticket::cases()].concat(),
            Self::Lying => lying::cases(),
        }
    }

    /// Whether its cases are played at once, for all of them wait.
    pub const fn is_played_at_once(self) -> bool {
        matches!(self, Self::Slow)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Framing => "framing",
            Self::Headers => "headers",
            Self::Target => "target",
            Self::Query => "query",
            Self::Token => "token",
            Self::Large => "large",
            Self::Slow => "slow",
            Self::Git => "git",
            Self::Lfs => "lfs",
            Self::Lying => "lying",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Class;

    #[test]
    fn every_class_has_cases_that_must_pass_and_cases_that_must_not_and_no_name_twice() {
        for class in Class::ALL {
            let cases = class.cases();
            let names: BTreeSet<_> = cases.iter().map(|case| case.name.as_str()).collect();
            assert_eq!(names.len(), cases.len(), "{class}: a name stands twice");
            let pass =
                cases.iter().filter(|case| !case.expected.forwarded.is_empty() && !case.expected.optional).count();
            assert!(pass > 0 && pass <= cases.len(), "{class}: {pass} of {} must pass", cases.len());
        }
    }
}
