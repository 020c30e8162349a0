//! What in a request's head could be read in two ways, as far as it is still to be seen above hyper.
//!
//! hyper has framed the message by now; what leaves the gateway is framed anew, so framing tricks end here (RFC 9112
//! §6.3, §11.2). What remains are heads that speak of another host, another protocol, or two callers at once.

use gogs_spanner_capability::Reason;
use http::{Method, header, request::Parts};

use crate::refuse::Refusal;

/// Headers that may stand once at most: read differently by different readers when doubled.
const SINGLE: [header::HeaderName; 5] =
    [header::HOST, header::AUTHORIZATION, header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING];

pub(super) fn refuse_ambiguity(head: &Parts) -> Result<(), Refusal> {
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
    if host.as_bytes().iter().any(|byte| matches!(byte, b'@' | b'/' | b'\\' | b',' | b' ')) {
        return Err(malformed("the `Host` is not a host"));
    }
    if head.headers.contains_key(header::UPGRADE) || head.headers.contains_key("http2-settings") {
        return Err(malformed("the gateway does not change protocols"));
    }
    if head.headers.contains_key(header::TRANSFER_ENCODING) && head.headers.contains_key(header::CONTENT_LENGTH) {
        return Err(malformed("`Content-Length` and `Transfer-Encoding` together are ambiguous"));
    }
    Ok(())
}

fn malformed(why: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Reason::RequestMalformed).because(why)
}
