//! What in a request's head could be read in two ways, as far as it is still to be seen above hyper.
//!
//! hyper has framed the message by now; what leaves the gateway is framed anew, so framing tricks end here (RFC 9112
//! §6.3, §11.2). What remains are heads that speak of another host, another protocol, or two callers at once.

use gogs_spanner_capability::Reason;
use http::{Method, header, request::Parts};

use crate::{authenticate::TICKET, refuse::Refusal};

/// Headers that may stand once at most: read differently by different readers when doubled.
const SINGLE: [header::HeaderName; 6] = [
    header::HOST,
    header::AUTHORIZATION,
    TICKET,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_ENCODING,
];

/// The most bytes of a head: a full-size token, a long path and what proxies add. hyper's own bound lies between this and
/// twice as much, depending on how the bytes come.
pub const LARGEST_HEAD: usize = 32 * 1024;

pub(super) fn refuse_ambiguity(head: &Parts) -> Result<(), Refusal> {
    if length(head) > LARGEST_HEAD {
        return Err(Refusal::new(Reason::TooLarge).because(format!("the head is larger than {LARGEST_HEAD} bytes")));
    }
    if !matches!(head.method, Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::PATCH | Method::DELETE)
    {
        return Err(Refusal::new(Reason::MethodRefused));
    }
    if head.uri.scheme().is_some() || head.uri.authority().is_some() {
        return Err(malformed("the request line must hold a path, not an absolute URL"));
    }
    for name in SINGLE {
        if head.headers.get_all(&name).iter().count() > 1 {
            return Err(malformed(format!("the header `{name}` stands twice")));
        }
    }
    let host = head.headers.get(header::HOST).ok_or_else(|| malformed("there is no `Host`"))?;
    if host.is_empty() || !host.as_bytes().iter().all(|byte| is_of_a_host(*byte)) {
        return Err(malformed("the `Host` is not a host"));
    }
    if head.headers.contains_key(header::UPGRADE) || head.headers.contains_key("http2-settings") {
        return Err(malformed("the gateway does not change protocols"));
    }
    let mut codings = head.headers.get_all(header::TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.next()
        && (!coding.as_bytes().eq_ignore_ascii_case(b"chunked") || codings.next().is_some())
    {
        return Err(malformed("the only transfer coding taken is `chunked`, once"));
    }
    if head.headers.contains_key(header::TRANSFER_ENCODING) && head.headers.contains_key(header::CONTENT_LENGTH) {
        return Err(malformed("`Content-Length` and `Transfer-Encoding` together are ambiguous"));
    }
    Ok(())
}

/// What a head takes on the wire, without its empty line.
fn length(head: &Parts) -> usize {
    let line = head.method.as_str().len()
        + head.uri.path_and_query().map_or(0, |target| target.as_str().len())
        + "  HTTP/1.1\r\n".len();
    let headers = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    line + headers.sum::<usize>()
}

/// A name, an address (IPv6 in brackets) and a port (RFC 3986 §3.2.2), without user, escapes and lists.
const fn is_of_a_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']')
}

fn malformed(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Reason::RequestMalformed).because(why)
}
