//! The parameters of a call: each holder of a pattern holds what it stands for, each query parameter is one the handler reads.

use super::malformed;
use crate::{
    classify::{Query, table::Row},
    refuse::Refusal,
};

/// Query parameters by the end of the pattern: what the handlers of Gogs 0.14.3 read (`c.Query` in
/// `internal/route/api/v1`), without its aliases for credentials and languages.
const PARAMETERS: [(&str, &[&str]); 9] = [
    ("/contents", &["ref"]),
    ("/contents/*", &["ref"]),
    ("/commits", &["pageSize"]),
    ("/issues", &["page", "state"]),
    ("/comments", &["since"]),
    ("/users/search", &["limit", "q"]),
    ("/repos/search", &["limit", "page", "q", "uid"]),
    ("/followers", &["page"]),
    ("/following", &["page"]),
];

/// Those of them that are numbers: Gogs reads `+7` and `007` as 7, and garbage as 0.
const NUMBERS: [&str; 4] = ["page", "pageSize", "limit", "uid"];

/// Those of them that say how much is answered: Gogs bounds neither (0.14.3, `commits.go:20`, `user.go:14`).
const SIZES: [&str; 2] = ["pageSize", "limit"];

/// The most entries anybody is answered at once: some 2 MB of commits, for which git walks as many.
const LARGEST_PAGE: i64 = 1000;

/// An id that Gogs before 0.14 takes from any repository (published advisories).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedId {
    /// A comment, and the issue it is said to stand under.
    Comment {
        /// The comment.
        id: i64,
        /// The issue's number, where the path has one.
        issue: Option<i64>,
    },
    /// A deploy key.
    DeployKey(i64),
}

/// Checks every holder of the pattern: Gogs reads `+7`, `007` and garbage as numbers, and hands revisions to git, which
/// takes a leading `-` for an option. Tells the id that is to be looked up.
pub(super) fn check(row: &Row, segments: &[&str]) -> Result<Option<NamedId>, Refusal> {
    for (holder, value) in row.pattern.trim_start_matches('/').split('/').zip(segments) {
        let fits = match holder {
            ":id" | ":index" => number(value).is_some_and(|number| number > 0),
            "*" | ":sha" | ":filename" => !value.starts_with('-'),
            holder if holder.starts_with(':') => is_name(value),
            _ => true,
        };
        if !fits {
            return Err(malformed(format!("`{value}` cannot stand for `{}` here", holder.trim_start_matches(':'))));
        }
    }
    let named = |segment: &str| number(segment).unwrap_or_default();
    Ok(match segments.get(5..).unwrap_or_default() {
        ["issues", "comments", id] => Some(NamedId::Comment { id: named(id), issue: None }),
        ["issues", index, "comments", id] => Some(NamedId::Comment { id: named(id), issue: Some(named(index)) }),
        ["keys", id] => Some(NamedId::DeployKey(named(id))),
        _ => None,
    })
}

pub(super) fn check_query(row: &Row, query: &Query) -> Result<(), Refusal> {
    query.only(of(row))?;
    if query.get("ref").is_some_and(|revision| revision.starts_with('-')) {
        return Err(malformed("a revision cannot begin with `-`"));
    }
    for name in NUMBERS {
        let Some(text) = query.get(name) else { continue };
        let number = number(text).ok_or_else(|| malformed(format!("`{name}` is not a plain number")))?;
        if SIZES.contains(&name) && number > LARGEST_PAGE {
            return Err(malformed(format!("`{name}` is at most {LARGEST_PAGE} here")));
        }
    }
    Ok(())
}

/// The query parameters a row takes: only reads have any.
pub(in crate::classify) fn of(row: &Row) -> &'static [&'static str] {
    if !matches!(row.method.as_str(), "GET" | "HEAD") {
        return &[];
    }
    PARAMETERS.iter().find(|(end, _)| row.pattern.ends_with(end)).map_or(&[], |(_, names)| *names)
}

/// A decimal number in its one spelling, in the range of the forge's ids. Zero stands for "the first page" in clients.
fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| *number >= 0 && number.to_string() == text)
}

/// Gogs's `AlphaDashDot`.
fn is_name(text: &str) -> bool {
    !text.starts_with('-')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}
