//! What a good ticket for one large object is tried for.

use super::{OBJECT, OID, REPOSITORY};
use crate::case::{Case, Expected, Message, Step, ask, case, forwards, get, post, refused, script};

const CONTENT: &str = "hello";
const VERIFY: &str = "/acme/handbook.git/info/lfs/objects/basic/verify";

pub(super) fn cases() -> Vec<Case> {
    [bytes(), framing(), elsewhere(), credentials()].concat()
}

fn by(line: &str, ticket: &str) -> Message {
    ask(line).without("Authorization").with(&format!("Spanner-Ticket: {ticket}"))
}

fn upload() -> Message {
    by(&format!("PUT {OBJECT}"), "$UPLOAD")
}

fn download() -> Message {
    by(&format!("GET {OBJECT}"), "$DOWNLOAD")
}

fn uploaded() -> Expected {
    forwards(&format!("PUT {OBJECT}")).carrying(CONTENT.as_bytes())
}

/// Begun, or not even that, and never whole.
fn broken_off() -> Expected {
    Expected { optional: true, ..forwards(&format!("PUT {OBJECT}")).short_of(CONTENT.len()).with_any(&[400, 422]) }
}

/// Other bytes than the object has.
fn bytes() -> Vec<Case> {
    let mismatch = || refused().with(422).naming("object-mismatch");
    let cut = |name, body| case(name, upload().chunked(body, 2), broken_off());
    vec![
        case("an upload of all of it", upload().body(CONTENT), uploaded()),
        case("an upload in chunks", upload().chunked(CONTENT, 2), uploaded()),
        case("fewer bytes, and said so", upload().body("hell"), mismatch()),
        case("more bytes, and said so", upload().body("hello!"), mismatch()),
        case("no bytes", upload().body(""), mismatch()),
        case("other bytes", upload().body("jello"), broken_off()),
        cut("other bytes in chunks", "hellO"),
        cut("fewer bytes in chunks", "hell"),
        cut("more bytes in chunks", "hello, world"),
        cut("no bytes in chunks", ""),
        script(
            "bytes that break off",
            vec![Step::Send([upload().with("Content-Length: 5").head(), b"hel".to_vec()].concat()), Step::HalfClose],
            broken_off().or_silence(),
        ),
        case("compressed bytes", upload().with("Content-Encoding: gzip").body(CONTENT), refused()),
    ]
}

/// Bytes with two ends.
fn framing() -> Vec<Case> {
    let chunks = |body: &str| upload().with("Transfer-Encoding: chunked").then(body);
    let one_reading = || uploaded().or_refused();
    vec![
        case("a chunk with an extension", chunks("5;oid=x\r\nhello\r\n0\r\n\r\n"), one_reading()),
        case("a trailer", chunks("5\r\nhello\r\n0\r\nSpanner-Ticket: x\r\n\r\n"), one_reading()),
        case("a length and chunks", chunks("5\r\nhello\r\n0\r\n\r\n").with("Content-Length: 5"), one_reading()),
        case("a chunk of no size", chunks("x\r\nhello\r\n0\r\n\r\n"), broken_off().or_silence()),
        case("two lengths", upload().with("Content-Length: 6").body(CONTENT), refused()),
        case(
            "an expectation",
            upload().with("Expect: 100-continue").body(CONTENT),
            uploaded().with_any(&[100, 200]).or_refused(),
        ),
        case("a range of an upload", upload().with("Content-Range: bytes 0-4/5").body(CONTENT), one_reading()),
        case("a range of a download", download().with("Range: bytes=1-3"), downloaded()),
    ]
}

fn downloaded() -> Expected {
    forwards(&format!("GET {OBJECT}")).with(200)
}

/// Where it does not open.
fn elsewhere() -> Vec<Case> {
    let no = || refused().with(403).naming("not-granted");
    let other = |line: &str| line.replace("handbook", "secret");
    let word = format!("{{\"oid\":\"{OID}\",\"size\":5}}");
    let verify = |ticket: &str| {
        let message = post(VERIFY, "application/vnd.git-lfs+json", &word).without("Authorization");
        message.with(&format!("Spanner-Ticket: {ticket}"))
    };
    vec![
        case("a download by its ticket", download(), downloaded()),
        case("the ticket of another object", by(&format!("PUT {OBJECT}"), "$ANOTHER").body(CONTENT), no()),
        case("an upload by the ticket to download", by(&format!("PUT {OBJECT}"), "$DOWNLOAD").body(CONTENT), no()),
        case("a download by the ticket to upload", by(&format!("GET {OBJECT}"), "$UPLOAD"), no()),
        // Both write the same object, which is what a ticket is for.
        case("an upload by the ticket to verify", by(&format!("PUT {OBJECT}"), "$VERIFY").body(CONTENT), uploaded()),
        case("a verification by the ticket to download", verify("$DOWNLOAD"), no()),
        case("a verification of another object", verify("$ANOTHER"), no()),
        case("an upload elsewhere", by(&other(&format!("PUT {OBJECT}")), "$UPLOAD").body(CONTENT), no()),
        case("a download elsewhere", by(&other(&format!("GET {OBJECT}")), "$DOWNLOAD"), no()),
        case("a deletion", by(&format!("DELETE {OBJECT}"), "$UPLOAD"), refused()),
        case(
            "a ticket behind the address",
            get(&format!("{OBJECT}?ticket=$UPLOAD")).without("Authorization"),
            refused(),
        ),
    ]
}

/// What is taken for a ticket, and what a ticket is taken for.
fn credentials() -> Vec<Case> {
    let put = |ticket: &str| by(&format!("PUT {OBJECT}"), ticket).body(CONTENT);
    vec![
        case(
            "a ticket whose token was revoked",
            by(&format!("GET {OBJECT}"), "$GONE"),
            refused().with(401).naming("token-revoked"),
        ),
        case("a ticket and a byte", put("$UPLOADx"), refused()),
        case("two tickets", upload().with("Spanner-Ticket: $UPLOAD").body(CONTENT), refused()),
        case("two tickets in one", put("$UPLOAD, $ANOTHER"), refused()),
        case("a token for a ticket", put("$TOKEN"), refused()),
        case("a ticket for a token", get(REPOSITORY).by("Bearer $UPLOAD"), refused()),
    ]
}
