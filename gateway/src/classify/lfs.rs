//! Git LFS: the batch, and the three calls on one object that it leads to (`internal/route/lfs/route.go`).

use gogs_spanner_capability::{LfsOid, Reason, RepositoryName};
use http::Method;

use super::{GitRepository, Query, Route, Target, not_here};
use crate::refuse::Refusal;

/// One call under `/{owner}/{name}.git/info/lfs/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LfsCall {
    /// The repository.
    pub repository: RepositoryName,
    /// What is asked of it.
    pub request: LfsRequest,
}

/// What a call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LfsRequest {
    /// `POST objects/batch`: what is to be transferred, and how.
    Batch,
    /// `GET objects/basic/{oid}`.
    Download(LfsOid),
    /// `PUT objects/basic/{oid}`.
    Upload(LfsOid),
    /// `POST objects/basic/verify`: whether an upload has arrived.
    Verify,
}

impl LfsCall {
    /// Whether the answer can carry away what a clone would.
    pub const fn carries_away(&self) -> bool {
        matches!(self.request, LfsRequest::Download(_))
    }

    /// Whether it is made with the ticket a batch answered with.
    pub const fn takes_ticket(&self) -> bool {
        !matches!(self.request, LfsRequest::Batch)
    }

    /// The method and target sent upstream.
    pub fn upstream(&self) -> (Method, Target) {
        let objects = Target::repository(&self.repository).segment("info").segment("lfs").segment("objects");
        match &self.request {
            LfsRequest::Batch => (Method::POST, objects.segment("batch")),
            LfsRequest::Download(oid) => (Method::GET, objects.segment("basic").segment(oid.as_str())),
            LfsRequest::Upload(oid) => (Method::PUT, objects.segment("basic").segment(oid.as_str())),
            LfsRequest::Verify => (Method::POST, objects.segment("basic").segment("verify")),
        }
    }
}

pub(super) fn classify(method: &Method, names: [&str; 2], call: &[&str], query: &Query) -> Result<Route, Refusal> {
    if call.first() == Some(&"locks") {
        // 501 is what tells git-lfs to go on without locks, and not to ask again (docs/api/locking.md of git-lfs).
        return Err(Refusal::new(Reason::UpstreamCannot)
            .because("Gogs has no LFS file locks")
            .hint("go on without: `git config lfs.locksverify false`"));
    }
    let request = match (method, call) {
        (&Method::POST, ["objects", "batch"]) => LfsRequest::Batch,
        (&Method::POST, ["objects", "basic", "verify"]) => LfsRequest::Verify,
        (&Method::GET, ["objects", "basic", oid]) => LfsRequest::Download(parse(oid)?),
        (&Method::PUT, ["objects", "basic", oid]) => LfsRequest::Upload(parse(oid)?),
        (&Method::HEAD, ["objects", "basic", _]) => {
            return Err(not_here("whether an object is there, a batch tells"));
        }
        (_, ["objects", "batch"] | ["objects", "basic", _]) => return Err(Refusal::new(Reason::MethodRefused)),
        _ => return Err(Refusal::new(Reason::RouteUnknown)),
    };
    query.only(&[])?;
    let GitRepository { name: repository, is_wiki } = GitRepository::parse(names[0], names[1])?;
    if is_wiki {
        // Gogs looks for a repository of that very name (`authorize` in `internal/route/lfs/route.go`), and finds none.
        return Err(not_here("wikis have no LFS objects"));
    }
    Ok(Route::Lfs(LfsCall { repository, request }))
}

fn parse(oid: &str) -> Result<LfsOid, Refusal> {
    LfsOid::parse(oid).map_err(|error| Refusal::new(Reason::RequestMalformed).because(error.to_string()))
}
