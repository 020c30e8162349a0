//! Reading bodies, bounded: JSON that one decision is read from, and Git bodies that may be compressed.

use std::io::Read;

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use gogs_spanner_capability::Reason;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::de::DeserializeOwned;

use super::Payload;
use crate::{
    body::{Body, Fault, Held, LFS_TYPE, Room},
    json::{self, Names},
    refuse::Refusal,
};

/// The most objects of a batch in twice the bytes they are written in.
const LARGEST_LFS: usize = 512 * 1024;
/// git compresses only lists of wants and haves; a million of them are 50 MB.
const LARGEST_COMPRESSED: usize = 8 * 1024 * 1024;
/// What such a list may become: hexadecimal ids compress to about half, so eight times is generous.
const LARGEST_DECODED: usize = 8 * LARGEST_COMPRESSED;

/// A Git body, with no content encoding left.
pub(super) enum Git {
    /// It had none; it flows.
    Plain(Body),
    /// It was compressed, and is held decoded.
    Decoded(Bytes),
}

/// Takes the content encoding off a Git body (gitprotocol-http: git sends `gzip` or none).
pub(super) async fn git(room: &Room, headers: &HeaderMap, body: Body) -> Result<Git, Refusal> {
    match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(Git::Plain(body)),
        Some(b"gzip") => {
            let held = room.hold(body, LARGEST_COMPRESSED).await?;
            let decoded = gunzip(&held.bytes)?;
            Ok(Git::Decoded(held.replaced(decoded).into_bytes()))
        }
        Some(_) => Err(Refusal::new(Reason::MediaTypeRefused).because("the only content encoding taken is gzip")),
    }
}

/// A JSON body in our own serialisation, or none.
pub(super) async fn json(room: &Room, headers: &HeaderMap, body: Body, most: usize) -> Result<Payload, Refusal> {
    let held = room.hold(body, most).await?;
    if held.bytes.is_empty() {
        return Ok(Payload::Empty);
    }
    expect_json(headers)?;
    let value = parse(&held.bytes)?;
    written(&value, held)
}

/// A JSON body of a known shape; members it does not have are refused.
pub(super) async fn shaped<T: DeserializeOwned>(
    room: &Room,
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<(T, Held), Refusal> {
    let held = room.hold(body, most).await?;
    expect_json(headers)?;
    let value = serde_json::from_value(parse(&held.bytes)?)
        .map_err(|error| malformed(format!("the body does not fit this call: {error}")))?;
    Ok((value, held))
}

/// A body of the LFS protocol; members it does not have are refused.
pub(super) async fn lfs<T: DeserializeOwned>(room: &Room, headers: &HeaderMap, body: Body) -> Result<T, Refusal> {
    let held = room.hold(body, LARGEST_LFS).await?;
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

/// One gzip member, nothing after it, of bounded size.
fn gunzip(compressed: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut rest = compressed;
    let mut decoded = Vec::new();
    let limit = u64::try_from(LARGEST_DECODED).unwrap_or(u64::MAX);
    let mut member = GzDecoder::new(&mut rest);
    (&mut member).take(limit + 1).read_to_end(&mut decoded).map_err(|_| malformed("the body is not gzip"))?;
    if decoded.len() > LARGEST_DECODED {
        return Err(Refusal::new(Reason::TooLarge).because("the body grows too large when decompressed"));
    }
    drop(member);
    if !rest.is_empty() {
        return Err(malformed("there are bytes behind the gzip member"));
    }
    Ok(decoded)
}

/// The caller stopped sending, or sent what is no body: its fault, not the forge's.
pub(crate) fn broken(error: &Fault) -> Refusal {
    malformed(format!("the body broke off: {error}"))
}

pub(super) fn malformed(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Reason::RequestMalformed).because(why)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("a vector takes everything");
        encoder.finish().expect("a vector takes everything")
    }

    #[test]
    fn one_member_is_decoded() {
        assert_eq!(gunzip(&gzip(b"0000")).expect("one member"), b"0000");
    }

    #[test]
    fn a_second_member_is_refused() {
        let doubled = [gzip(b"0000"), gzip(b"0000")].concat();
        assert_eq!(gunzip(&doubled).expect_err("two members").reason(), Reason::RequestMalformed);
    }

    #[test]
    fn a_bomb_is_refused_at_the_bound() {
        let bomb = gzip(&vec![0; LARGEST_DECODED + 1]);
        assert_eq!(gunzip(&bomb).expect_err("a bomb").reason(), Reason::TooLarge);
    }
}
