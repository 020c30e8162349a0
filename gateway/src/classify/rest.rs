//! Calls under `/api/v1`: the row of the table, its parameters checked one by one, the target rebuilt.

mod answer;
pub(super) mod parameters;
mod reading;

use gogs_spanner_capability::{Action, Reason, RepositoryName, TreePath};
use http::Method;

pub use self::{
    answer::{Answers, Listing},
    parameters::NamedId,
    reading::Reading,
};
use super::{
    Query, RowAction, Target,
    table::{self, Row},
};
use crate::refuse::Refusal;

/// The largest file that is written through the API: 24 MiB in base64, which Gogs would hold in memory several times over.
const LARGEST_FILE: usize = 32 * 1024 * 1024;
/// Everything else that is sent is a form: the text of an issue, which people write.
const LARGEST_FORM: usize = 1024 * 1024;

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
    /// What will be answered.
    pub answers: Answers,
    /// The id of something that must belong to the repository.
    pub names: Option<NamedId>,
    /// What it reads of the repository's content, where that can be less than all of it.
    pub reads: Option<Reading>,
}

/// What a call does, as far as its head tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// One action, whatever the body says.
    Plain(Action),
    /// Reads a list across repositories.
    List(Action),
    /// Writes one file; the body names the branch.
    PutContents(TreePath),
}

impl RestCall {
    /// How large a body this call needs at most, in bytes.
    pub const fn largest_body(&self) -> usize {
        if matches!(self.change, Change::PutContents(_)) { LARGEST_FILE } else { LARGEST_FORM }
    }

    /// The same read at a commit, in the place of the revision it was asked at.
    #[must_use]
    pub fn at_commit(&self, id: &str) -> Self {
        Self { target: self.target.clone().asking(&Query::one("ref", id)), ..self.clone() }
    }

    /// Whether the answer can carry a whole repository away.
    pub const fn is_archive(&self) -> bool {
        matches!(self.answers, Answers::File { is_archive: true, .. })
    }
}

pub(super) fn classify(method: &Method, segments: &[&str], query: &Query) -> Result<RestCall, Refusal> {
    let row = table::find(method, segments).ok_or_else(|| Refusal::new(Reason::RouteUnknown))?;
    let action = served(row, segments)?;
    let names = parameters::check(row, segments)?;
    parameters::check_query(row, query)?;
    let repository = repository(segments)?;
    let answers = Answers::of(row, segments);
    let reads = if action == RowAction::Plain(Action::ContentsRead) { reading(segments, query)? } else { None };
    let change = match (action, &answers) {
        (RowAction::Plain(action), _) => Change::Plain(action),
        (RowAction::Listing, Answers::Entries(listing)) => Change::List(listing.action()),
        (RowAction::Ref, _) => Change::PutContents(tree_path(&segments[6..].join("/"))?),
        (RowAction::Transfer | RowAction::Listing | RowAction::Never, _) => {
            return Err(Refusal::new(Reason::RouteRefused));
        }
    };
    let target = rebuild(segments, repository.as_ref()).query(query);
    Ok(RestCall { method: method.clone(), target, repository, change, answers, names, reads })
}

/// The action of a row that is served to automations.
fn served(row: &Row, segments: &[&str]) -> Result<RowAction, Refusal> {
    match row.action() {
        RowAction::Never if row.is_catch_all() => Err(table::no_such_call(segments)),
        RowAction::Never => Err(Refusal::new(Reason::RouteRefused)),
        RowAction::Plain(action) => possible(action).map(|()| RowAction::Plain(action)),
        action => Ok(action),
    }
}

/// Whether the forge lets an automation's account do it at all.
pub fn possible(action: Action) -> Result<(), Refusal> {
    match action {
        Action::RepositoryCreate | Action::RepositoryDelete => Err(Refusal::new(Reason::UpstreamCannot)
            .because("an automation's account owns no repositories, so the forge lets it neither make nor delete any")),
        _ => Ok(()),
    }
}

/// The repository of `/api/v1/repos/{owner}/{name}/…`; no other call is about one.
fn repository(segments: &[&str]) -> Result<Option<RepositoryName>, Refusal> {
    let ["api", "v1", "repos", owner, name, ..] = segments else { return Ok(None) };
    RepositoryName::parse(&format!("{owner}/{name}"))
        .map(Some)
        .map_err(|error| malformed(format!("not the name of a repository: {error}")))
}

fn reading(segments: &[&str], query: &Query) -> Result<Option<Reading>, Refusal> {
    segments.get(5..).map_or(Ok(None), |call| Reading::of(call, query))
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

fn tree_path(text: &str) -> Result<TreePath, Refusal> {
    TreePath::parse(text).map_err(|error| malformed(format!("not a path of a file: {error}")))
}

fn malformed(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Reason::RequestMalformed).because(why)
}
