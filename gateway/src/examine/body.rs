//! Reading bodies, bounded: JSON that one decision is read from, and Git bodies that may be compressed.

mod gzip;

use bytes::Bytes;
use gogs_spanner_capability::Reason;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::de::DeserializeOwned;

use super::Payload;
use crate::{
    body::{Body, Fault, Held, LFS_TYPE, Share},
    json::{self, Names},
    refuse::Refusal,
};

/// The most objects of a batch in twice the bytes they are written in.
const LARGEST_LFS: usize = 512 * 1024;

/// A Git body, with no content encoding left.
pub(super) enum Git {
    /// It had none; it flows.
    Plain(Body),
    /// It was compressed, and is held decoded.
    Decoded(Bytes),
}

/// Takes the content encoding off a Git body (gitprotocol-http: git sends `gzip` or none).
pub(super) async fn git(share: Share<'_>, headers: &HeaderMap, body: Body) -> Result<Git, Refusal> {
    match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(Git::Plain(body)),
        Some(b"gzip") => Ok(Git::Decoded(gzip::decode(share, body).await?.into_bytes())),
        Some(_) => Err(Refusal::new(Reason::MediaTypeRefused).because("the only content encoding taken is gzip")),
    }
}

/// A JSON body in our own serialisation, or none.
pub(super) async fn json(share: Share<'_>, headers: &HeaderMap, body: Body, most: usize) -> Result<Payload, Refusal> {
    let held = share.hold(body, most).await?;
    if held.bytes.is_empty() {
        return Ok(Payload::Empty);
    }
    expect_json(headers)?;
    let value = parse(&held.bytes)?;
    written(&value, held)
}

/// A JSON body of a known shape; members it does not have are refused.
pub(super) async fn shaped<T: DeserializeOwned>(
    share: Share<'_>,
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<(T, Held), Refusal> {
    let held = share.hold(body, most).await?;
    expect_json(headers)?;
    let value = serde_json::from_value(parse(&held.bytes)?)
        .map_err(|error| malformed(format!("the body does not fit this call: {error}")))?;
    Ok((value, held))
}

/// A body of the LFS protocol; members it does not have are refused.
pub(super) async fn lfs<T: DeserializeOwned>(share: Share<'_>, headers: &HeaderMap, body: Body) -> Result<T, Refusal> {
    let held = share.hold(body, LARGEST_LFS).await?;
    expect(headers, LFS_TYPE)?;
    of_lfs(&held.bytes)
}

/// The bytes of a body of the LFS protocol, read.
pub(super) fn of_lfs<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_value(parse(bytes)?)
        .map_err(|error| malformed(format!("the body is not one of this LFS call: {error}")))
}

/// Our own serialisation of a value, to be sent in the place of what it was read from.
pub(super) fn written(value: &impl serde::Serialize, held: Held) -> Result<Payload, Refusal> {
    let bytes =
        serde_json::to_vec(value).map_err(|error| malformed(format!("the body cannot be written again: {error}")))?;
    let bytes = held.replaced(bytes).into_bytes();
    Ok(Payload::Held { content_type: HeaderValue::from_static("application/json"), bytes })
}

fn parse(bytes: &[u8]) -> Result<serde_json::Value, Refusal> {
    json::value(bytes, Names::Folded)
        .map_err(|error| malformed(format!("the body is not JSON as it is taken here: {error}")))
}

/// A body on a read has no meaning (RFC 9110 §9.3.1), so nobody behind us gets to find one.
pub(super) fn expect_none_of_reads(method: &Method, payload: &Payload) -> Result<(), Refusal> {
    match (method, payload) {
        (&Method::GET | &Method::HEAD, Payload::Held { .. }) => Err(malformed("a read has no body")),
        _ => Ok(()),
    }
}

fn expect_json(headers: &HeaderMap) -> Result<(), Refusal> {
    expect(headers, "application/json")
}

/// Gogs picks a decoder by substring of the content type, forms included; only one is let through.
fn expect(headers: &HeaderMap, media_type: &str) -> Result<(), Refusal> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or(media_type);
    let plain = given.split(';').next().unwrap_or_default().trim();
    if !plain.eq_ignore_ascii_case(media_type) || headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Refusal::new(Reason::MediaTypeRefused).because(format!("the body must be plain `{media_type}`")));
    }
    Ok(())
}

/// The caller stopped sending, or sent what is no body: its fault, not the forge's.
pub(crate) fn broken(error: &Fault) -> Refusal {
    malformed(format!("the body broke off: {error}"))
}

pub(super) fn malformed(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Reason::RequestMalformed).because(why)
}
