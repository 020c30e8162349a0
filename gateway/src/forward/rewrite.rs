//! Answers of the API, made right for the agents' door: links lead through it, lists show what the token may read, and
//! bytes of a repository never become a page.
//!
//! What is rewritten is a courtesy (an agent that follows a link should stay behind its door), so an answer that cannot be
//! rewritten passes untouched, byte for byte; nothing is decided by it. What is filtered is a decision, so a list that is
//! not exactly of Gogs's shape, or too long to be held, is refused. So is a repository that may tell of another.

mod document;
mod entries;
mod exact;
mod file;
mod fork;
mod links;
mod sieve;

use std::sync::Arc;

use gogs_spanner_capability::Reason;
use http::{Method, StatusCode, header, response::Parts};

pub(super) use self::file::confine;
use self::links::Links;
use crate::{
    authorize::Authorizer,
    body::{Body, Response, Room, RoomError},
    caller::{Caller, Snapshot},
    classify::{Answers, RestCall, Route},
    refuse::Refusal,
    upstream::UpstreamAccounts,
};

/// Makes answers right for the agents' door.
#[derive(Debug)]
pub struct Rewriter {
    /// The origin automations see.
    pub public_url: Arc<str>,
    /// Who decides on the entries of lists.
    pub authorizer: Arc<Authorizer>,
    /// Who knows what the forge's links begin with.
    pub accounts: UpstreamAccounts,
    /// Where lists are held.
    pub room: Room,
}

/// The call an answer is to; none at the doors whose answers pass untouched.
#[derive(Debug)]
pub(super) struct Asked(Option<RestCall>);

impl Asked {
    pub(super) fn of(route: &Route) -> Self {
        Self(if let Route::Rest(call) = route { Some(call.clone()) } else { None })
    }
}

impl Rewriter {
    /// The answer as it is passed on.
    pub(super) async fn rewrite(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        Asked(call): Asked,
        response: Response,
    ) -> Result<Response, Refusal> {
        let Some(call) = call else { return Ok(response) };
        let (mut head, body) = response.into_parts();
        let (is_json, is_success) = (is_json(&head), head.status.is_success());
        match call.answers {
            Answers::Entries(_) | Answers::Repository | Answers::Content { .. } if is_success && !is_json => {
                return Err(garbled("it is no JSON"));
            }
            Answers::Document | Answers::Entries(_) | Answers::Repository | Answers::Content { .. } if is_json => {}
            _ => return Ok(guarded(&call, head, body)),
        }
        if !is_success {
            return Ok(Response::from_parts(head, body));
        }
        let body = match &call.answers {
            Answers::Entries(_) if call.method == Method::HEAD => {
                head.headers.remove(header::LINK);
                body
            }
            Answers::Entries(listing) => self.sift(snapshot, caller, *listing, &mut head, body).await?,
            Answers::Repository if call.method != Method::HEAD => self.repository(snapshot, caller, body).await?,
            Answers::Content { read } if call.method != Method::HEAD => {
                self.content(snapshot, caller, read, body).await?
            }
            _ => body,
        };
        let links = self.links(caller, &call).await;
        Ok(relink(&call, links, head, body).await)
    }

    /// What the links of this answer are rewritten with. Where it cannot be found out they are left as they are.
    async fn links(&self, caller: &Caller, call: &RestCall) -> Links {
        let external = match &call.repository {
            Some(repository) => self.accounts.external_url(&caller.agent, repository).await.ok(),
            None => self.accounts.external_url_heard(),
        };
        Links { external, public_url: Arc::clone(&self.public_url) }
    }
}

/// The answer as it is, and as nobody's page. One without bytes to take for a page needs no guard.
fn guarded(call: &RestCall, mut head: Parts, body: Body) -> Response {
    if head.status == StatusCode::OK || head.headers.contains_key(header::CONTENT_TYPE) {
        file::guard(&mut head.headers, &call.answers);
    }
    Response::from_parts(head, body)
}

async fn relink(call: &RestCall, links: Links, mut head: Parts, body: Body) -> Response {
    if let Some(link) = head.headers.remove(header::LINK)
        && let Some(moved) = links.header(&link)
    {
        head.headers.insert(header::LINK, moved);
    }
    // What the length of the rewritten answer would be, nobody knows without having it.
    head.headers.remove(header::CONTENT_LENGTH);
    let body = if call.method == Method::HEAD { body } else { document::relinked(links, body).await };
    Response::from_parts(head, body)
}

fn is_json(head: &Parts) -> bool {
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn unheld(error: RoomError) -> Refusal {
    match error {
        RoomError::TooLarge { most } => garbled("it is too long to be held")
            .because(format!("the forge's answer is longer than {most} bytes"))
            .hint("ask for one repository"),
        RoomError::Full | RoomError::AgentFull => error.into(),
        RoomError::Slow => Refusal::new(Reason::UpstreamUnavailable).truly(error),
        RoomError::Broken(fault) => Refusal::new(Reason::UpstreamUnavailable).truly(fault),
    }
}

fn garbled(what: &'static str) -> Refusal {
    tracing::error!(what, "an answer of the forge cannot be sifted, so it is not passed on");
    Refusal::new(Reason::AnswerRefused)
}
