//! Calls under `/api/v1`: the row of the table, its parameters checked one by one, the target rebuilt.

use gogs_spanner_capability::{Action, Reason, RepositoryName, TreePath};
use http::Method;

use super::{
    Query, RowAction, Target, not_here,
    table::{self, Row},
};
use crate::refuse::Refusal;

/// One call of the forge's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestCall {
    /// The method, as registered by the forge.
    pub method: Method,
    /// The path and query, rebuilt.
    pub target: Target,
    /// The repository, where the call is about one.
    pub repository: Option<RepositoryName>,
    /// What it does.
    pub change: Change,
}

/// What a call does, as far as its head tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// One action, whatever the body says.
    Plain(Action),
    /// Writes one file; the body names the branch.
    PutContents(TreePath),
}

/// Query parameters by the end of the pattern: what the handlers of Gogs 0.14.3 read (`c.Query` in
/// `internal/route/api/v1`), without its aliases for credentials and languages.
const PARAMETERS: [(&str, &[&str]); 8] = [
    ("/contents", &["ref"]),
    ("/contents/*", &["ref"]),
    ("/commits", &["pageSize"]),
    ("/issues", &["page", "state"]),
    ("/comments", &["since"]),
    ("/users/search", &["limit", "q"]),
    ("/followers", &["page"]),
    ("/following", &["page"]),
];

pub(super) fn classify(method: &Method, segments: &[&str], query: &Query) -> Result<RestCall, Refusal> {
    let row = table::find(method, segments).ok_or_else(|| Refusal::new(Reason::RouteUnknown))?;
    let action = served(row)?;
    check_parameters(row, segments)?;
    check_query(row, query)?;
    let repository = repository(segments)?;
    let change = match action {
        RowAction::Plain(action) => Change::Plain(action),
        _ => Change::PutContents(tree_path(&segments[6..].join("/"))?),
    };
    let target = rebuild(segments, repository.as_ref()).query(query);
    Ok(RestCall { method: method.clone(), target, repository, change })
}

/// The action of a row that is served to automations.
fn served(row: &Row) -> Result<RowAction, Refusal> {
    match row.action() {
        RowAction::Never if row.pattern == "/api/v1/*" => Err(Refusal::new(Reason::RouteUnknown)),
        RowAction::Never => Err(Refusal::new(Reason::RouteRefused)),
        RowAction::Listing => Err(not_here("lists across repositories are not served yet; ask for one repository")),
        RowAction::Plain(_) if row.pattern.ends_with("/raw/*") || row.pattern.ends_with("/archive/*") => {
            Err(not_here("downloads are not served yet; clone, or read `contents`"))
        }
        RowAction::Plain(Action::RepositoryCreate | Action::RepositoryDelete) => Err(Refusal::new(
            Reason::UpstreamCannot,
        )
        .because("an automation's account owns no repositories, so the forge lets it neither make nor delete any")),
        action => Ok(action),
    }
}

/// The repository of `/api/v1/repos/{owner}/{name}/…`.
fn repository(segments: &[&str]) -> Result<Option<RepositoryName>, Refusal> {
    let ["api", "v1", "repos", owner, name, ..] = segments else { return Ok(None) };
    RepositoryName::parse(&format!("{owner}/{name}"))
        .map(Some)
        .map_err(|error| malformed(format!("not the name of a repository: {error}")))
}

/// The path again, with the repository in its one spelling.
fn rebuild(segments: &[&str], repository: Option<&RepositoryName>) -> Target {
    let Some(repository) = repository else {
        return segments.iter().fold(Target::new(), |target, part| target.segment(part));
    };
    let head = Target::new().segment("api").segment("v1").segment("repos");
    let head = head.segment(repository.owner()).segment(repository.name());
    segments[5..].iter().fold(head, |target, part| target.segment(part))
}

/// Every holder of the pattern holds what it stands for: Gogs reads `+7`, `007` and garbage as numbers, and hands
/// revisions to git, which takes a leading `-` for an option.
fn check_parameters(row: &Row, segments: &[&str]) -> Result<(), Refusal> {
    for (holder, value) in row.pattern.trim_start_matches('/').split('/').zip(segments) {
        let fits = match holder {
            ":id" | ":index" => is_number(value),
            "*" | ":sha" | ":filename" => !value.starts_with('-'),
            holder if holder.starts_with(':') => is_name(value),
            _ => true,
        };
        if !fits {
            return Err(malformed(format!("`{value}` cannot stand for `{}` here", holder.trim_start_matches(':'))));
        }
    }
    Ok(())
}

fn check_query(row: &Row, query: &Query) -> Result<(), Refusal> {
    let known = PARAMETERS.iter().find(|(end, _)| row.pattern.ends_with(end)).map_or(&[][..], |(_, names)| names);
    query.only(known)?;
    if query.get("ref").is_some_and(|revision| revision.starts_with('-')) {
        return Err(malformed("a revision cannot begin with `-`"));
    }
    Ok(())
}

/// A decimal number in its one spelling, in the range of the forge's ids.
fn is_number(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| number > 0 && number.to_string() == text)
}

/// Gogs's `AlphaDashDot`.
fn is_name(text: &str) -> bool {
    !text.starts_with('-')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn tree_path(text: &str) -> Result<TreePath, Refusal> {
    TreePath::parse(text).map_err(|error| malformed(format!("not a path of a file: {error}")))
}

fn malformed(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Reason::RequestMalformed).because(why)
}
