//! The few pages people see: one that asks whether a sign-in is theirs, and one that says why something went wrong.
//!
//! A page holds no script, loads nothing, is framed by nobody, kept by nobody, and tells no other site where it was.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::{
    body::{self, Response},
    exchange::Begun,
    refuse::Refusal,
    request::RequestId,
};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:34em;margin:4em auto;padding:0 1em}\
                     code{font-size:1.5em;letter-spacing:.1em}small{color:#555}\
                     a.onward{display:inline-block;padding:.5em 1.5em;border:1px solid;border-radius:.3em}";

/// What asks whether she began this herself.
pub(super) fn consent(begun: &Begun) -> Response {
    let (check, issuer, onward) = (escaped(&begun.check), escaped(&begun.issuer), escaped(begun.onward.as_str()));
    let body = format!(
        "<h1>Sign in for your agents</h1>\
         <p>Somebody typed <b>spanner login</b>, and her terminal shows this code:</p><p><code>{check}</code></p>\
         <p>If that was you and the codes are the same, go on. Agents on that machine may then act for you, as far as your \
         groups let them, until the sign-in ends. <b>If it was not you, close this page.</b></p>\
         <p><a class=\"onward\" href=\"{onward}\">Go on to {issuer}</a></p>"
    );
    page(StatusCode::OK, "Sign in for your agents", &body)
}

/// Why it went wrong, for a person.
pub(crate) fn refused(refusal: &Refusal, status: StatusCode, id: RequestId) -> Response {
    let (why, next, code) = (escaped(refusal.why()), escaped(refusal.next_step()), refusal.reason().code());
    let body = format!(
        "<h1>This sign-in goes no further</h1><p>{why}</p><p>What to do next: {next}</p><p><small>{code} · {id}</small></p>"
    );
    page(status, "This sign-in goes no further", &body)
}

fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head>\
         <body>{body}</body></html>\n"
    );
    let mut response = Response::new(body::full(Bytes::from(text)));
    *response.status_mut() = status;
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::try_from(policy).expect("base64 and words"));
    for (name, value) in secluded() {
        headers.insert(name, value);
    }
    response
}

/// What every answer to a browser says: it is kept by nobody, and its address is told to nobody.
pub(super) fn secluded() -> [(HeaderName, HeaderValue); 4] {
    [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    ]
}

fn escaped(text: &str) -> String {
    let escape = |c| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        plain => plain.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_is_markup() {
        assert_eq!(escaped("<a href=\"'&\">"), "&lt;a href=&quot;&#39;&amp;&quot;&gt;");
    }
}
