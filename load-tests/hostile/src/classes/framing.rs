//! Where a message ends (RFC 9112 §2, §6, §7, §11.2).

use super::{ISSUE, ISSUES, JSON, REPOSITORY};
use crate::case::{Case, Expected, Message, Step, ask, case, forwards, get, post, refused, script};

pub(super) fn cases() -> Vec<Case> {
    [lengths(), codings(), chunks(), lines(), following()].concat()
}

/// What arrives of a good read.
fn read() -> Expected {
    forwards("GET /api/v1/repos/acme/handbook")
}

/// What arrives of a good issue.
fn issue() -> Expected {
    forwards("POST /api/v1/repos/acme/handbook/issues").carrying(ISSUE.as_bytes())
}

/// What arrives of an issue whose body is none: the forge says what it thinks of that.
fn empty() -> Expected {
    forwards("POST /api/v1/repos/acme/handbook/issues").with_whatever()
}

/// An issue whose framing is still to be said.
fn unframed() -> Message {
    ask(&format!("POST {ISSUES}")).with("Content-Type: application/json")
}

/// A request nobody vouches for: were it taken for one of its own, it could only be refused.
fn stowaway() -> Vec<u8> {
    get("/api/v1/repos/acme/handbook/issues").without("Authorization").hidden().into()
}

fn length(line: &str) -> Vec<u8> {
    unframed().with(line).then(ISSUE).into()
}

fn chunked(line: &str) -> Vec<u8> {
    unframed().with(line).then(format!("{:x}\r\n{ISSUE}\r\n0\r\n\r\n", ISSUE.len())).into()
}

fn chunk(bytes: &str) -> Vec<u8> {
    unframed().with("Transfer-Encoding: chunked").then(bytes).into()
}

fn lengths() -> Vec<Case> {
    vec![
        case("a length", post(ISSUES, JSON, ISSUE), issue()),
        case("two lengths that differ", length("Content-Length: 13\r\nContent-Length: 14"), refused()),
        case("two lengths that agree", length("Content-Length: 13\r\nContent-Length: 13"), issue().or_refused()),
        case("a list of lengths", length("Content-Length: 13, 13"), refused()),
        case("a length with a sign", length("Content-Length: +13"), refused()),
        case("a negative length", length("Content-Length: -1"), refused()),
        case("a hexadecimal length", length("Content-Length: 0xd"), refused()),
        case("an empty length", length("Content-Length: "), refused()),
        case("a length beyond all numbers", length("Content-Length: 18446744073709551616"), refused()),
        case("a length of Arabic digits", length("Content-Length: \u{661}\u{663}"), refused()),
        case("a length with a space before its colon", length("Content-Length : 13"), refused()),
        case("no length where there is a body", length("X: x"), empty()),
        script(
            "a body shorter than its length",
            vec![Step::Send(length("Content-Length: 99")), Step::HalfClose],
            refused(),
        ),
    ]
}

fn codings() -> Vec<Case> {
    vec![
        case("chunks", unframed().chunked(ISSUE, 3), issue()),
        case("a coding in capitals", chunked("Transfer-Encoding: CHUNKED"), issue().or_refused()),
        case("chunked twice over", chunked("Transfer-Encoding: chunked, chunked"), refused()),
        case("chunked on two lines", chunked("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), refused()),
        case("gzip and chunked", chunked("Transfer-Encoding: gzip, chunked"), refused()),
        case("chunked and identity", chunked("Transfer-Encoding: chunked, identity"), refused()),
        case("a coding nobody knows", chunked("Transfer-Encoding: xchunked"), refused()),
        case("a coding with a parameter", chunked("Transfer-Encoding: chunked;q=1"), refused()),
        case("a coding behind a vertical tab", chunked("Transfer-Encoding: \u{b}chunked"), refused()),
        case("a coding behind a fold", chunked("Transfer-Encoding:\r\n chunked"), refused()),
        case("a coding with a space before its colon", chunked("Transfer-Encoding : chunked"), refused()),
        case("a coding with an underscore", chunked("Transfer_Encoding: chunked"), empty().or_refused()),
        case(
            "a length and a coding",
            chunked("Content-Length: 13\r\nTransfer-Encoding: chunked"),
            issue().or_refused(),
        ),
        case("a coding and a length", chunked("Transfer-Encoding: chunked\r\nContent-Length: 3"), issue().or_refused()),
        case(
            "chunks of HTTP/1.0",
            unframed().line(&format!("POST {ISSUES} HTTP/1.0")).chunked(ISSUE, 5),
            issue().or_refused(),
        ),
    ]
}

fn chunks() -> Vec<Case> {
    vec![
        case("a chunk whose size is no number", chunk("zz\r\n{\"title\":\"t\"}\r\n0\r\n\r\n"), refused()),
        case("a chunk whose size has a sign", chunk("+d\r\n{\"title\":\"t\"}\r\n0\r\n\r\n"), refused()),
        case("a chunk whose size has a prefix", chunk("0xd\r\n{\"title\":\"t\"}\r\n0\r\n\r\n"), refused()),
        case(
            "a chunk whose size wraps around",
            chunk("1000000000000000d\r\n{\"title\":\"t\"}\r\n0\r\n\r\n"),
            refused(),
        ),
        case("a chunk longer than its size", chunk("2\r\n{\"title\":\"t\"}\r\n0\r\n\r\n"), refused()),
        case("a chunk that ends with a line feed", chunk("d\n{\"title\":\"t\"}\n0\n\n"), refused()),
        case("a chunk without a size", chunk("\r\n{\"title\":\"t\"}\r\n0\r\n\r\n"), refused()),
        case("a chunk with an extension", chunk("d;x=y\r\n{\"title\":\"t\"}\r\n0\r\n\r\n"), issue().or_refused()),
        case(
            "a chunk with 20 KiB of extensions",
            chunk(&format!("d;{}\r\n{{\"title\":\"t\"}}\r\n0\r\n\r\n", "x".repeat(20 * 1024))),
            refused(),
        ),
        case(
            "trailers",
            chunk("d\r\n{\"title\":\"t\"}\r\n0\r\nX-WEBAUTH-USER: root1\r\nAuthorization: Bearer x\r\n\r\n"),
            issue().or_refused(),
        ),
        script(
            "chunks that break off",
            vec![Step::Send(chunk("d\r\n{\"title\":\"t\"}\r\n")), Step::HalfClose],
            refused(),
        ),
    ]
}

fn lines() -> Vec<Case> {
    let line = |line: &str| get(REPOSITORY).line(line);
    vec![
        case("lines that end with a line feed", get(REPOSITORY).ending_lines_with("\n"), read().or_refused()),
        case("lines that end with a carriage return", get(REPOSITORY).ending_lines_with("\r"), refused()),
        case("a carriage return in a line", get(REPOSITORY).with("X: a\rX-WEBAUTH-USER: root1"), refused()),
        case("a NUL in a line", get(REPOSITORY).with("X: a\0b"), refused()),
        case("a folded line", get(REPOSITORY).with("X: a\r\n b"), refused()),
        case("a line without a colon", get(REPOSITORY).with("no colon"), refused()),
        case("a line without a name", get(REPOSITORY).with(": x"), refused()),
        case("a name with a space", get(REPOSITORY).with("X Y: x"), refused()),
        case("a name beyond ASCII", get(REPOSITORY).with("X\u{e9}: x"), refused()),
        case("a line that begins with a space", get(REPOSITORY).without("Host").with(" Host: a"), refused()),
        case("HTTP/1.0 without a host", line(&format!("GET {REPOSITORY} HTTP/1.0")).without("Host"), refused()),
        case("HTTP/0.9", line(&format!("GET {REPOSITORY}")), refused()),
        case("HTTP/1.2", line(&format!("GET {REPOSITORY} HTTP/1.2")), refused()),
        case("HTTP/2.0", line(&format!("GET {REPOSITORY} HTTP/2.0")), refused()),
        case("the preface of HTTP/2", &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], refused()),
        case("a version in small letters", line(&format!("GET {REPOSITORY} http/1.1")), refused()),
        case("a version twice", line(&format!("GET {REPOSITORY} HTTP/1.1 HTTP/1.1")), refused()),
        case("two spaces", line(&format!("GET  {REPOSITORY} HTTP/1.1")), read().or_refused()),
        case("a tab for a space", line(&format!("GET\t{REPOSITORY} HTTP/1.1")), refused()),
        case("a space behind the version", line(&format!("GET {REPOSITORY} HTTP/1.1 ")), refused()),
        case(
            "the first bytes of a TLS handshake",
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
            refused(),
        ),
    ]
}

/// What follows on the same connection: one authentication covers one request.
fn following() -> Vec<Case> {
    let inside = stowaway();
    let hidden = |first: Message| -> Vec<u8> { [Vec::from(first.kept_alive()), stowaway()].concat() };
    let second: Vec<u8> = get("/api/v1/repos/acme/handbook/issues").hidden().into();
    let both = [Vec::from(get(REPOSITORY).kept_alive()), second].concat();
    let listed = forwards("GET /api/v1/repos/acme/handbook/issues");
    vec![
        case("two requests, each with its credential", both, read().and(listed)),
        case("a second request without a credential", hidden(get(REPOSITORY)), read()),
        case("a request behind a refused one", hidden(get("/api%2fv1/user")), refused()),
        case("a request behind a refused method", hidden(ask("TRACE /")), refused()),
        case("a request behind an empty body", hidden(post(ISSUES, JSON, "")), empty()),
        case("a request in a body", get(REPOSITORY).body(&inside), refused()),
        case(
            "a request in a body that is refused",
            post("/acme/handbook.git/GIT-RECEIVE-PACK", JSON, &inside),
            refused(),
        ),
        case(
            "a request behind the last chunk, within the length",
            get(REPOSITORY)
                .with(&format!("Content-Length: {}", inside.len() + 5))
                .with("Transfer-Encoding: chunked")
                .then("0\r\n\r\n")
                .then(&inside),
            read().or_refused(),
        ),
        case("a length of nothing, and a request", hidden(get(REPOSITORY).with("Content-Length: 0")), read()),
        case("continue, please", post(ISSUES, JSON, ISSUE).with("Expect: 100-continue"), issue().with_any(&[100, 201])),
        case("expecting the unknown", get(REPOSITORY).with("Expect: wonders"), read().or_refused()),
        case(
            "an upgrade to HTTP/2",
            get(REPOSITORY).with("Upgrade: h2c").with("HTTP2-Settings: AAMAAABkAAQAAP__"),
            refused(),
        ),
        case(
            "an upgrade to WebSocket",
            get(REPOSITORY).with("Upgrade: websocket").with("Sec-WebSocket-Key: x"),
            refused(),
        ),
    ]
}
