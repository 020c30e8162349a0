//! Which call a request is, before any identity: head → [`Route`], pure and total.
//!
//! What is forwarded later is rebuilt from the parts found here, so a spelling that could be read in two ways is
//! refused, never normalised (`internal/route` of Gogs matches decoded, lower-cased and raw paths in different places).

mod downloads;
mod escape;
mod git;
mod head;
mod lfs;
mod query;
#[cfg(test)]
mod reference;
mod rest;
mod table;
mod target;

use gogs_spanner_capability::{Action, Reason, RepositoryName};
use gogs_spanner_gitwire::Service;
use http::{Method, request::Parts};

pub use self::{
    git::{GitRepository, request_type},
    head::LARGEST_HEAD,
    lfs::{LfsCall, LfsRequest},
    query::Query,
    rest::{Answers, Change, Listing, NamedId, Reading, RestCall, possible},
    target::Target,
};
use crate::{refuse::Refusal, request::Door};

/// One call of the forge, in parsed parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// git's four-byte question whether a large body will be let in, asked before credentials are sent.
    Probe(Service),
    /// `GET …/info/refs?service=…`.
    Advertisement(GitRepository, Service),
    /// `POST …/git-upload-pack`.
    UploadPack(GitRepository),
    /// `POST …/git-receive-pack`.
    ReceivePack(GitRepository),
    /// A call under `…/info/lfs/`.
    Lfs(LfsCall),
    /// A call under `/api/v1`.
    Rest(RestCall),
}

impl Route {
    /// The entrance it belongs to.
    pub const fn door(&self) -> Door {
        match self {
            Self::Rest(_) => Door::Rest,
            Self::Lfs(_) => Door::Lfs,
            _ => Door::Git,
        }
    }

    /// The repository it speaks of.
    pub const fn repository(&self) -> Option<&RepositoryName> {
        match self {
            Self::Probe(_) => None,
            Self::Advertisement(git, _) | Self::UploadPack(git) | Self::ReceivePack(git) => Some(&git.name),
            Self::Lfs(call) => Some(&call.repository),
            Self::Rest(call) => call.repository.as_ref(),
        }
    }

    /// The Git repository, at the Git door.
    pub const fn git_repository(&self) -> Option<&GitRepository> {
        match self {
            Self::Advertisement(git, _) | Self::UploadPack(git) | Self::ReceivePack(git) => Some(git),
            Self::Probe(_) | Self::Lfs(_) | Self::Rest(_) => None,
        }
    }

    /// The Git service, at the Git door.
    pub const fn service(&self) -> Option<Service> {
        match self {
            Self::Probe(service) | Self::Advertisement(_, service) => Some(*service),
            Self::UploadPack(_) => Some(Service::UploadPack),
            Self::ReceivePack(_) => Some(Service::ReceivePack),
            Self::Lfs(_) | Self::Rest(_) => None,
        }
    }

    /// Whether the answer can carry a whole repository away (design §10: durable before it is forwarded).
    pub const fn is_bulk_read(&self) -> bool {
        match self {
            Self::UploadPack(_) => true,
            Self::Rest(call) => call.is_archive(),
            Self::Lfs(call) => call.carries_away(),
            Self::Probe(_) | Self::Advertisement(..) | Self::ReceivePack(_) => false,
        }
    }

    /// Whether it asks for a list across repositories.
    pub const fn is_list(&self) -> bool {
        matches!(self, Self::Rest(RestCall { change: Change::List(_), .. }))
    }

    /// Whether its credential is the gateway's own ticket, not the caller's token.
    pub const fn takes_ticket(&self) -> bool {
        matches!(self, Self::Lfs(call) if call.takes_ticket())
    }

    /// The method and target sent upstream: rebuilt, never the caller's own spelling.
    pub fn upstream(&self) -> (Method, Target) {
        match self {
            Self::Probe(service) => (Method::POST, Target::new().segment(service.as_str())),
            Self::Advertisement(git, service) => {
                let target = git.target().segment("info").segment("refs");
                (Method::GET, target.query(&Query::one("service", service.as_str())))
            }
            Self::UploadPack(git) => (Method::POST, git.target().segment(Service::UploadPack.as_str())),
            Self::ReceivePack(git) => (Method::POST, git.target().segment(Service::ReceivePack.as_str())),
            Self::Lfs(call) => call.upstream(),
            Self::Rest(call) => (call.method.clone(), call.target.clone()),
        }
    }
}

/// Finds the route of a request, or refuses it.
pub fn classify(head: &Parts) -> Result<Route, Refusal> {
    head::refuse_ambiguity(head)?;
    let segments = target::segments(head.uri.path())?;
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
    let query = Query::parse(head.uri.query())?;
    match segments.as_slice() {
        ["api", "v1", ..] => rest::classify(&head.method, &segments, &query).map(Route::Rest),
        [_, _, "info", "refs"] | [_, _, "git-upload-pack" | "git-receive-pack"] => {
            git::classify(head, &segments, &query)
        }
        [_, _, "raw" | "archive", _, ..] => downloads::classify(&head.method, &segments, &query).map(Route::Rest),
        [owner, name, "info", "lfs", call @ ..] => lfs::classify(&head.method, [owner, name], call, &query),
        _ => Err(table::turned_away(&head.method, &segments)),
    }
}

/// An action as a row of the route table names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowAction {
    /// One action of the closed list.
    Plain(Action),
    /// Whichever ref action the request turns out to be.
    Ref,
    /// Whichever of reading and bringing large objects the request turns out to be.
    Transfer,
    /// Spans repositories; its answer is filtered.
    Listing,
    /// Refused to automations whatever policy says.
    Never,
}

fn not_here(why: &'static str) -> Refusal {
    Refusal::new(Reason::RouteRefused).because(why)
}

#[cfg(test)]
mod tests;
