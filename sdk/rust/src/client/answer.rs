//! What came back: an answer, a gateway's no, or the forge's.

use reqwest::{Response, header::CONTENT_TYPE};
use serde::Deserialize;

use crate::{
    error::{Answered, Document, Error, Refused},
    transport::{self, Unread},
};

/// What a refusal is said in (RFC 9457 §3).
const PROBLEM: &str = "application/problem+json";
/// A refusal, or what a forge says of a failure, is far shorter.
const COMPLAINT_MAX: usize = 64 * 1024;
/// What is read as one JSON value. A forge's pages are smaller; what is larger is a download, to be read as it comes.
pub(super) const JSON_MAX: usize = 16 * 1024 * 1024;

/// How a forge says what went wrong.
#[derive(Default, Deserialize)]
struct Complaint {
    #[serde(default)]
    message: String,
}

/// Takes what succeeded, and gives what did not a type.
pub(super) async fn settle(response: Response) -> Result<Response, Error> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|value| value == PROBLEM);
    let body = read(response, COMPLAINT_MAX).await?;
    if is_problem {
        let document: Document = serde_json::from_slice(&body).map_err(|_| unintelligible(status.as_u16()))?;
        return Err(Refused::try_from(document).map_err(|_| unintelligible(status.as_u16()))?.into());
    }
    let Complaint { message } = serde_json::from_slice(&body).unwrap_or_default();
    Err(Answered { status: status.as_u16(), message }.into())
}

/// Reads a body that is not larger than anything expected here.
pub(super) async fn read(response: Response, max: usize) -> Result<Vec<u8>, Error> {
    let status = response.status().as_u16();
    transport::read(response, max).await.map_err(|unread| match unread {
        Unread::TooLarge => unintelligible(status),
        Unread::Broken(error) => Error::Unreachable(error),
    })
}

pub(super) const fn unintelligible(status: u16) -> Error {
    Error::Unintelligible { status }
}
