//! What is made of the forge's answers to LFS calls, so that they read as the LFS specification says.
//!
//! Gogs 0.14.3 (`internal/route/lfs`) puts errors of objects into `actions`, asks for uploads of what it has, hands out
//! its own addresses, and refuses with empty bodies.

use gogs_spanner_capability::{LfsObject, Reason, RepositoryName};
use http::{HeaderValue, StatusCode, header};

use super::{Forwarder, batch, lent::Lender, object::ObjectBody, rewrite};
use crate::{
    body::{self, LFS_TYPE, Response, boxed},
    caller::{Caller, Standing},
    classify::{LfsCall, LfsRequest, Route},
    examine::{Batch, Examined, Payload},
    refuse::Refusal,
};

/// What is still to be made of an answer.
#[derive(Debug)]
pub(super) enum Making {
    /// A batch answer of our own.
    Batch(Batch),
    /// An object, checked as it flows.
    Object(LfsObject),
    /// A word on one object.
    Word,
}

impl Making {
    /// Something, if it is of this door.
    pub(super) fn of(caller: &Caller, request: &Examined) -> Option<Self> {
        let making = match (&request.route, &request.payload) {
            (Route::Lfs(_), Payload::Batch { asked, .. }) => Self::Batch(asked.clone()),
            (Route::Lfs(LfsCall { request: LfsRequest::Download(_), .. }), _) => {
                caller.session.verified.ticket().map_or(Self::Word, |ticket| Self::Object(ticket.object.clone()))
            }
            (Route::Lfs(_), _) => Self::Word,
            _ => return None,
        };
        Some(making)
    }

    /// The answer as its caller is to have it.
    pub(super) async fn make(
        self,
        forwarder: &Forwarder,
        caller: &Caller,
        response: Response,
        standing: Standing,
    ) -> Result<Response, Refusal> {
        match self {
            Self::Batch(asked) => batch::answer(forwarder, caller, asked, response).await,
            Self::Object(object) if response.status().is_success() => checked(object, response, standing),
            Self::Object(_) | Self::Word => word(response).await,
        }
    }
}

/// An object: as many bytes as the batch said, and those.
fn checked(object: LfsObject, response: Response, standing: Standing) -> Result<Response, Refusal> {
    let length = response.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length != Some(object.size) {
        let why = format!("it has another size than the {} bytes of the object", object.size);
        return Err(not_passed(why));
    }
    let mut response = response.map(|source| boxed(ObjectBody::new(object, source, standing, Lender::default())));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    rewrite::confine(headers);
    Ok(response)
}

/// A word on one object; where Gogs refuses without one, it is given one.
async fn word(response: Response) -> Result<Response, Refusal> {
    let status = response.status();
    let is_json =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == LFS_TYPE.as_bytes());
    if status.is_success() || (is_json && status.is_client_error()) {
        return Ok(response);
    }
    let said = body::small(response.into_body()).await.unwrap_or_default();
    Err(refusal(status, &said))
}

/// What the forge's refusal of a call means to its caller.
pub(super) fn refusal(status: StatusCode, said: &[u8]) -> Refusal {
    let said = String::from_utf8_lossy(&said[..said.len().min(SAID)]).into_owned();
    let refusal = match status {
        StatusCode::NOT_FOUND => Refusal::new(Reason::RepositoryAbsent),
        status if status.is_server_error() => Refusal::new(Reason::UpstreamUnavailable),
        _ => Refusal::new(Reason::UpstreamRefused),
    };
    refusal.truly(format!("{status}: {said}"))
}

/// How much of what the forge said is kept for the operator.
const SAID: usize = 256;

/// Of an answer that is not passed on.
pub(super) fn not_passed(truth: impl std::fmt::Display) -> Refusal {
    Refusal::new(Reason::AnswerRefused).truly(truth)
}

/// Where an object is transferred, at the door of that name.
pub(super) fn address(door: &str, repository: &RepositoryName, tail: &str) -> String {
    format!("{door}/{repository}.git/info/lfs/objects/basic/{tail}")
}
