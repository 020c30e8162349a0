//! The answer to an LFS batch: our own addresses, a ticket for each transfer, errors where clients look for them.

use std::collections::BTreeMap;

use gogs_spanner_capability::{LfsObject, Reason, Transfer, token::TicketText};
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{
    Forwarder,
    lfs::{address, not_passed, refusal},
};
use crate::{
    authenticate::TICKET,
    body::{self, LFS_TYPE, Response},
    caller::Caller,
    examine::{AskedObject, Batch},
    refuse::Refusal,
    ticket::LIFETIME,
    upstream::ExternalUrl,
};

/// A thousand objects with the longest addresses Gogs can write are a megabyte.
const LARGEST_ANSWER: usize = 2 * 1024 * 1024;
/// What an error of an object itself is said as (git-lfs `docs/api/batch.md`, "Response Errors").
const VALIDATION: u16 = 422;
const ABSENT: u16 = 404;

/// What Gogs says, as far as anything is read from it.
#[derive(Debug, Deserialize)]
struct Said {
    objects: Vec<SaidObject>,
}

#[derive(Debug, Deserialize)]
struct SaidObject {
    oid: String,
    size: u64,
    actions: SaidActions,
}

#[derive(Debug, Deserialize)]
struct SaidActions {
    download: Option<SaidAction>,
    error: Option<ObjectError>,
}

#[derive(Debug, Deserialize)]
struct SaidAction {
    href: String,
}

/// What we say.
#[derive(Debug, Serialize)]
struct Answer {
    transfer: &'static str,
    objects: Vec<AnswerObject>,
    hash_algo: &'static str,
}

#[derive(Debug, Serialize)]
struct AnswerObject {
    oid: String,
    size: Number,
    #[serde(skip_serializing_if = "Option::is_none")]
    authenticated: Option<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    actions: BTreeMap<&'static str, Action>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ObjectError>,
}

#[derive(Debug, Serialize)]
struct Action {
    href: String,
    header: BTreeMap<String, String>,
    expires_in: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ObjectError {
    code: u16,
    message: String,
}

/// What is to become of one object.
enum Fate {
    /// It is transferred.
    Transferred(LfsObject),
    /// It is where it is wanted.
    Present,
    /// It is not.
    Failed(ObjectError),
}

/// Our answer out of the forge's.
pub(super) async fn answer(
    forwarder: &Forwarder,
    caller: &Caller,
    asked: Batch,
    response: Response,
) -> Result<Response, Refusal> {
    let (status, body) = (response.status(), response.into_body());
    let share = forwarder.rewriter.room.of(&caller.agent.name);
    let held = share.hold(body, LARGEST_ANSWER).await.map_err(not_passed)?;
    if !status.is_success() {
        return Err(refusal(status, &held.bytes));
    }
    let said: Said = serde_json::from_slice(&held.bytes).map_err(not_passed)?;
    check(forwarder, caller, &asked, &said).await?;
    let mut fates = fates(&asked, said);
    if matches!(asked.transfer, Transfer::Upload(_)) {
        fates = within_limits(forwarder, caller, fates);
    }
    let wanted = fates.iter().filter_map(Fate::transferred).cloned().collect();
    let tickets = issue(forwarder, caller, &asked, wanted).await?;
    Ok(respond(&write(forwarder.tickets.service(), &asked, fates, tickets)))
}

/// The forge speaks of the objects it was asked about, and of its own addresses: nothing else is made sense of.
async fn check(forwarder: &Forwarder, caller: &Caller, asked: &Batch, said: &Said) -> Result<(), Refusal> {
    let same =
        |(asked, said): (&LfsObject, &SaidObject)| (asked.oid.as_str(), asked.size) == (said.oid.as_str(), said.size);
    if said.objects.len() != asked.objects().count() || !asked.objects().zip(&said.objects).all(same) {
        return Err(not_passed("it speaks of other objects than it was asked about"));
    }
    if said.objects.iter().all(|said| said.actions.download.is_none()) {
        return Ok(());
    }
    let external = forwarder.accounts.external_url(&caller.agent, &asked.repository).await?;
    match said.objects.iter().find(|said| !is_its_own(&external, asked, said)) {
        None => Ok(()),
        Some(said) => Err(not_passed(format!("the address of {} is not the forge's own", said.oid))),
    }
}

/// Whether the address of an object, if it has one, is what Gogs makes of its `EXTERNAL_URL`, the repository in its own
/// spelling, and the object.
fn is_its_own(external: &ExternalUrl, asked: &Batch, said: &SaidObject) -> bool {
    let Some(link) = &said.actions.download else { return true };
    let expected = address("", &asked.repository, &said.oid);
    external.rest_of(&link.href).is_some_and(|rest| rest.eq_ignore_ascii_case(expected.trim_start_matches('/')))
}

/// What the forge says of each object, brought together with what was asked.
fn fates(asked: &Batch, said: Said) -> Vec<Fate> {
    let mut said = said.objects.into_iter();
    let fate = |asked_object: &AskedObject| match &asked_object.object {
        Err(why) => Fate::failed(VALIDATION, why),
        Ok(object) => match said.next() {
            Some(said) => Fate::of(&asked.transfer, object, said.actions),
            None => Fate::failed(ABSENT, "the object does not exist"),
        },
    };
    asked.objects.iter().map(fate).collect()
}

/// The same, without the uploads the agent's limits do not leave: git-lfs prints why, and when to come back, where it would
/// wait in silence for an answer of 429 to end. What is sent is taken from them then.
fn within_limits(forwarder: &Forwarder, caller: &Caller, fates: Vec<Fate>) -> Vec<Fate> {
    let mut before = 0_u64;
    let mut judge = |fate: Fate| {
        let Fate::Transferred(object) = &fate else { return fate };
        match forwarder.rewriter.authorizer.may_bring(caller, object.size, before) {
            Ok(()) => {
                before = before.saturating_add(object.size);
                fate
            }
            Err(no) => {
                Fate::failed(no.reason().status(), &format!("{} ({}); {}", no.why(), no.reason(), no.next_step()))
            }
        }
    };
    fates.into_iter().map(&mut judge).collect()
}

impl Fate {
    fn of(transfer: &Transfer, object: &LfsObject, said: SaidActions) -> Self {
        let is_absent = said.error.as_ref().is_some_and(|error| error.code == ABSENT);
        match (transfer, said.download, said.error) {
            (Transfer::Upload(_), Some(_), None) => Self::Present,
            (Transfer::Upload(_), None, Some(_)) if is_absent => Self::Transferred(object.clone()),
            (Transfer::Download, Some(_), None) => Self::Transferred(object.clone()),
            (_, _, Some(error)) => Self::Failed(error),
            (_, None, None) => Self::failed(ABSENT, "the object does not exist"),
        }
    }

    fn failed(code: u16, message: &str) -> Self {
        Self::Failed(ObjectError { code, message: message.to_owned() })
    }

    const fn transferred(&self) -> Option<&LfsObject> {
        if let Self::Transferred(object) = self { Some(object) } else { None }
    }
}

/// Signing a thousand tickets takes a tenth of a second, which is not taken from those who share a thread with it.
async fn issue(
    forwarder: &Forwarder,
    caller: &Caller,
    asked: &Batch,
    wanted: Vec<LfsObject>,
) -> Result<Vec<TicketText>, Refusal> {
    let (office, caller, repository) = (forwarder.tickets.clone(), caller.clone(), asked.repository.clone());
    let transfer = asked.transfer.clone();
    let signing = tokio::task::spawn_blocking(move || office.issue(&caller, &repository, &transfer, wanted));
    signing.await.unwrap_or_else(|fault| Err(Refusal::new(Reason::InternalError).truly(fault)))
}

fn write(door: &str, asked: &Batch, fates: Vec<Fate>, tickets: Vec<TicketText>) -> Answer {
    let mut tickets = tickets.into_iter();
    let object = |(asked_object, fate): (&AskedObject, Fate)| {
        let (oid, size) = (asked_object.oid.clone(), asked_object.size.clone());
        let (authenticated, actions, error) = match fate {
            Fate::Present => (Some(true), BTreeMap::new(), None),
            Fate::Failed(error) => (None, BTreeMap::new(), Some(error)),
            Fate::Transferred(_) => {
                let ticket = tickets.next().map(|ticket| actions(door, asked, &oid, &ticket));
                (Some(true), ticket.unwrap_or_default(), None)
            }
        };
        AnswerObject { oid, size, authenticated, actions, error }
    };
    let objects = asked.objects.iter().zip(fates).map(object).collect();
    Answer { transfer: "basic", objects, hash_algo: "sha256" }
}

/// What a client does to transfer one object.
fn actions(door: &str, asked: &Batch, oid: &str, ticket: &TicketText) -> BTreeMap<&'static str, Action> {
    let action = |tail: &str, more: &[(&str, &str)]| {
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let header = more.chain([(TICKET.to_string(), ticket.expose().to_owned())]).collect();
        Action { href: address(door, &asked.repository, tail), header, expires_in: LIFETIME.as_secs() }
    };
    match asked.transfer {
        Transfer::Download => [("download", action(oid, &[]))].into(),
        // Without being told, git-lfs guesses a media type from the bytes, and Gogs takes one only.
        Transfer::Upload(_) => [
            ("upload", action(oid, &[("Content-Type", "application/octet-stream")])),
            ("verify", action("verify", &[])),
        ]
        .into(),
    }
}

fn respond(answer: &Answer) -> Response {
    let bytes = serde_json::to_vec(answer).expect("texts and numbers become JSON");
    let mut response = Response::new(body::full(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(LFS_TYPE));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
