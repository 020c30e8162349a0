//! Who is asking, and by which other name: what a caller says of itself stays behind, and what could be read as two
//! callers is refused. The upstream takes no header that is not on its list, so letting one through is broken.

use super::{ISSUE, ISSUES, JSON, REPOSITORY};
use crate::case::{Case, Expected, case, forwards, get, post, refused};

/// Lines that change nothing: not who is asking, not what, not where.
const INERT: &[(&str, &str)] = &[
    ("the header Gogs logs people in by", "X-WEBAUTH-USER: root1"),
    ("the same with underscores", "X_WEBAUTH_USER: root1"),
    ("the same in mixed spelling", "x-WebAuth_User: root1"),
    ("a session of Gogs", "Cookie: i_like_gogs=1; gogs_awesome=root1; gogs_incredible=x"),
    ("where somebody claims to come from", "X-Forwarded-For: 127.0.0.1"),
    ("the same as RFC 7239 has it", "Forwarded: for=127.0.0.1;host=other.example"),
    ("a host somebody claims to have asked", "X-Forwarded-Host: other.example"),
    ("a scheme somebody claims", "X-Forwarded-Proto: https"),
    ("an address somebody claims", "X-Real-IP: 127.0.0.1"),
    ("another method", "X-HTTP-Method-Override: DELETE"),
    ("another method, the short way", "X-Method-Override: DELETE"),
    ("another target", "X-Original-URL: /api/v1/admin/users"),
    ("another target, rewritten", "X-Rewrite-URL: /api/v1/admin/users"),
    ("a credential for a proxy", "Proxy-Authorization: Basic eDp4"),
    ("a token in a header of its own", "X-Token: $TOKEN"),
    ("a private token", "Private-Token: $TOKEN"),
    ("a span of a trace nobody began", "tracestate: a=b"),
    ("baggage", "baggage: agent=root1"),
    ("a part of the answer", "Range: bytes=0-1"),
    ("a condition", "If-None-Match: *"),
    ("a form of compression", "Accept-Encoding: gzip, br"),
    ("a language", "Accept-Language: de-DE"),
    ("an origin", "Origin: http://other.example"),
    ("a referrer", "Referer: http://other.example/"),
    ("what trailers may come", "TE: trailers, deflate;q=0.5"),
    ("which trailers will come", "Trailer: X-WEBAUTH-USER"),
    ("which headers are hop by hop", "Connection: authorization, host, accept, content-type"),
    ("a keep-alive of old", "Keep-Alive: timeout=9999"),
    ("a proxy that keeps alive", "Proxy-Connection: keep-alive"),
    ("how many hops are left", "Max-Forwards: 0"),
    ("a request id", "X-Request-Id: 01890000-0000-7000-8000-000000000000"),
    ("an answer to accept beyond ASCII", "Accept: \u{e9}"),
    ("an answer to accept, twice", "Accept: text/plain\r\nAccept: application/json"),
    ("a protocol of Git", "Git-Protocol: version=2"),
];

/// Lines of which there is one reading too many.
const AMBIGUOUS: &[(&str, &str)] = &[
    ("a second host", "Host: other.example"),
    ("a second credential", "Authorization: Bearer $TOKEN"),
    ("a second credential of another kind", "Authorization: Basic $PASSWORD"),
    ("a second content type", "Content-Type: application/json\r\nContent-Type: text/plain"),
    ("a second content encoding", "Content-Encoding: identity\r\nContent-Encoding: gzip"),
    ("settings of HTTP/2", "HTTP2-Settings: AAMAAABkAAQAAP__"),
];

/// Hosts that are none.
const HOSTS: &[(&str, &str)] = &[
    ("a host with a user", "user@agents.example.test"),
    ("a host with a path", "agents.example.test/x"),
    ("a host with a backslash", "agents.example.test\\x"),
    ("two hosts in one", "agents.example.test, other.example"),
    ("a host with a space", "agents.example.test other.example"),
    ("a host with a query", "agents.example.test?x"),
    ("a host with a fragment", "agents.example.test#x"),
    ("an empty host", ""),
];

/// Bodies that Gogs would decode in another way: it picks the decoder by a substring.
const MEDIA_TYPES: &[(&str, &str)] = &[
    ("a form", "application/x-www-form-urlencoded"),
    ("a form of parts", "multipart/form-data; boundary=x"),
    ("YAML", "application/yaml"),
    ("JSON that is a form", "application/json+form-urlencoded"),
    ("a list of types", "application/json, application/x-www-form-urlencoded"),
    ("text", "text/plain"),
    ("an empty type", ""),
];

pub(super) fn cases() -> Vec<Case> {
    let inert = INERT.iter().map(|(name, line)| case(*name, get(REPOSITORY).with(line), read()));
    let ambiguous = AMBIGUOUS.iter().map(|(name, line)| case(*name, get(REPOSITORY).with(line), refused()));
    let host = |value: &str| get(REPOSITORY).without("Host").with(&format!("Host: {value}"));
    let hosts = HOSTS.iter().map(|(name, value)| case(*name, host(value), refused()));
    let types = MEDIA_TYPES.iter().map(|(name, kind)| case(*name, post(ISSUES, kind, ISSUE), refused().with(415)));
    inert.chain(ambiguous).chain(hosts).chain(types).chain(others()).collect()
}

fn others() -> Vec<Case> {
    vec![
        case("no host", get(REPOSITORY).without("Host"), refused()),
        case("a host with a port", get(REPOSITORY).without("Host").with("Host: agents.example.test:8080"), read()),
        case(
            "a type with a parameter that speaks of forms",
            post(ISSUES, "application/json; x=form-urlencoded", ISSUE),
            issue(),
        ),
        case("a compressed JSON body", post(ISSUES, JSON, ISSUE).with("Content-Encoding: gzip"), refused().with(415)),
        case(
            "a credential for a proxy alone",
            get(REPOSITORY).without("Authorization").with("Proxy-Authorization: Bearer $TOKEN"),
            refused().with(401),
        ),
        case(
            "a session of Gogs alone",
            get(REPOSITORY).without("Authorization").with("Cookie: i_like_gogs=$TOKEN"),
            refused().with(401),
        ),
        case(
            "the header Gogs logs people in by, alone",
            get(REPOSITORY).without("Authorization").with("X-WEBAUTH-USER: root1"),
            refused().with(401),
        ),
    ]
}

fn read() -> Expected {
    forwards("GET /api/v1/repos/acme/handbook")
}

fn issue() -> Expected {
    forwards("POST /api/v1/repos/acme/handbook/issues").carrying(ISSUE.as_bytes())
}
