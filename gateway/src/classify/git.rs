//! Smart HTTP (gitprotocol-http): three exact paths and nothing else.

use gogs_spanner_capability::{Action, Effect, Reason, RepositoryName};
use gogs_spanner_gitwire::Service;
use http::{HeaderMap, Method, header, request::Parts};

use super::{Query, Route, Target, not_here};
use crate::refuse::Refusal;

/// One of the two Git repositories behind a name: what it is for, or its wiki, which has rights of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GitRepository {
    /// The name both stand under.
    pub name: RepositoryName,
    /// Whether it is the wiki.
    pub is_wiki: bool,
}

impl GitRepository {
    /// What fetching from it is.
    pub fn fetch(&self) -> Effect {
        Effect::on_repository(if self.is_wiki { Action::WikiRead } else { Action::ContentsRead }, &self.name)
    }

    /// `{owner}/{name}[.wiki][.git]`, which Gogs takes apart from the end (`HTTPContexter` in `internal/route/repo/http.go`).
    pub(crate) fn parse(owner: &str, name: &str) -> Result<Self, Refusal> {
        let name = name.strip_suffix(".git").unwrap_or(name);
        let (name, is_wiki) = name.strip_suffix(".wiki").map_or((name, false), |name| (name, true));
        let name = RepositoryName::parse(&format!("{owner}/{name}")).map_err(|error| {
            Refusal::new(Reason::RequestMalformed).because(format!("not the name of a repository: {error}"))
        })?;
        Ok(Self { name, is_wiki })
    }

    /// Where Gogs serves it.
    pub(super) fn target(&self) -> Target {
        if self.is_wiki { Target::wiki(&self.name) } else { Target::repository(&self.name) }
    }
}

/// The service of that exact name; Gogs lower-cases it in one place and not in another.
fn named(name: &str) -> Option<Service> {
    [Service::UploadPack, Service::ReceivePack].into_iter().find(|service| service.as_str() == name)
}

/// The media type of what a service is sent.
pub fn request_type(service: Service) -> &'static str {
    match service {
        Service::UploadPack => "application/x-git-upload-pack-request",
        Service::ReceivePack => "application/x-git-receive-pack-request",
    }
}

pub(super) fn classify(head: &Parts, segments: &[&str], query: &Query) -> Result<Route, Refusal> {
    let repository = GitRepository::parse(segments[0], segments[1])?;
    match (&head.method, &segments[2..]) {
        (&Method::GET, ["info", "refs"]) => {
            query.only(&["service"])?;
            let service = query.get("service").and_then(named);
            let service =
                service.ok_or_else(|| not_here("only the smart services are served, by their exact names"))?;
            Ok(Route::Advertisement(repository, service))
        }
        (&Method::POST, [service]) => {
            query.only(&[])?;
            let service = named(service).ok_or_else(|| Refusal::new(Reason::RouteUnknown))?;
            call(repository, service, &head.headers)
        }
        _ => Err(Refusal::new(Reason::MethodRefused)),
    }
}

fn call(repository: GitRepository, service: Service, headers: &HeaderMap) -> Result<Route, Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    if content_type != Some(request_type(service).as_bytes()) {
        return Err(Refusal::new(Reason::RequestMalformed).because("the content type is not that of the service"));
    }
    let is_probe = headers.get(header::CONTENT_LENGTH).is_some_and(|length| length.as_bytes() == b"4");
    Ok(match service {
        service if is_probe => Route::Probe(service),
        Service::UploadPack => Route::UploadPack(repository),
        Service::ReceivePack => Route::ReceivePack(repository),
    })
}
