//! More than there is room for: each bound of a request is reached, and what is just below it passes where that is cheap.

use std::fmt::Write as _;

use gogs_spanner_testkit::noise;

use super::{ISSUE, ISSUES, JSON, REPOSITORY};
use crate::case::{Case, Expected, Message, Step, ask, case, forwards, get, post, refused, script};

const RECEIVE: &str = "/acme/handbook.git/git-receive-pack";
const PUSH: &str = "application/x-git-receive-pack-request";
const TOKEN: &str = "/-/spanner/oauth/token";
const FORM: &str = "application/x-www-form-urlencoded";
const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

pub(super) fn cases() -> Vec<Case> {
    [heads(), targets(), bodies(), pushes(), forms()].concat()
}

fn read() -> Expected {
    forwards("GET /api/v1/repos/acme/handbook")
}

fn too_large() -> Expected {
    refused().with(413).naming("too-large").or_silence()
}

fn lines(count: usize) -> Message {
    (0..count).fold(get(REPOSITORY), |message, n| message.with(&format!("X-{n}: x")))
}

fn heads() -> Vec<Case> {
    vec![
        case("sixty headers", lines(56), read()),
        case("seventy headers", lines(66), refused()),
        case("ten thousand headers", lines(10_000), refused()),
        case("a head of 20 KiB", get(REPOSITORY).with(&format!("X: {}", "x".repeat(20 * KIB))), read()),
        case("a head of 40 KiB", get(REPOSITORY).with(&format!("X: {}", "x".repeat(40 * KIB))), refused()),
        case("a name of 40 KiB", get(REPOSITORY).with(&format!("{}: x", "x".repeat(40 * KIB))), refused()),
        script(
            "a head without an end",
            vec![
                Step::Send(format!("GET {REPOSITORY} HTTP/1.1\r\n").into()),
                Step::Flood(b"X: x\r\n".repeat(1024), 64 << 20),
            ],
            refused(),
        ),
        script(
            "a line without an end",
            vec![Step::Send(b"GET /".to_vec()), Step::Flood(vec![b'x'; 64 * KIB], 64 << 20)],
            refused(),
        ),
    ]
}

fn targets() -> Vec<Case> {
    let path = |length: usize| format!("{REPOSITORY}/contents/{}", "x/".repeat(length / 2) + "x");
    let query = |count: usize| (0..count).fold(format!("{REPOSITORY}?a=x"), |query, n| query + &format!("&a{n}=x"));
    vec![
        case("a path of 6 KiB", get(&path(6 * KIB)), refused().with(400)),
        case("a path of 30 KiB", get(&path(30 * KIB)), refused()),
        case("a path of 70 KiB", get(&path(70 * KIB)), refused()),
        case(
            "a query of 3 KiB",
            get(&format!("{REPOSITORY}/contents/README.md?ref={}", "x".repeat(3 * KIB))),
            refused().with(400),
        ),
        case("twenty parameters", get(&query(20)), refused().with(400)),
    ]
}

fn bodies() -> Vec<Case> {
    let nested = |depth: usize| format!("{{\"title\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let padded = |blanks: usize| format!("{}{ISSUE}", " ".repeat(blanks));
    let (issue, over) = (ask(&format!("POST {ISSUES}")), 33 * MIB);
    let file = ask(&format!("PUT {REPOSITORY}/contents/large"));
    let long = |message: &Message| -> Vec<u8> {
        message.clone().with("Content-Type: application/json").with(&format!("Content-Length: {over}")).head()
    };
    let chunked = issue.clone().with("Content-Type: application/json").with("Transfer-Encoding: chunked").head();
    let chunk = [b"10000\r\n".to_vec(), vec![b' '; 64 * KIB], b"\r\n".to_vec()].concat();
    let flood = |head: Vec<u8>| vec![Step::Send(head), Step::Flood(vec![b' '; MIB], over as u64)];
    let arrives = forwards(&format!("POST {ISSUES}")).carrying(ISSUE.as_bytes());
    vec![
        case("half a megabyte of blanks", post(ISSUES, JSON, padded(MIB / 2)), arrives),
        case("two megabytes of blanks", post(ISSUES, JSON, padded(2 * MIB)), too_large()),
        script("an issue of 33 MiB", flood(long(&issue)), too_large()),
        script("a file of 33 MiB", flood(long(&file)), too_large()),
        script("chunks without an end", vec![Step::Send(chunked), Step::Flood(chunk, 64 << 20)], too_large()),
        case("brackets twenty deep", post(ISSUES, JSON, nested(20)), refused().with(400)),
        case("brackets a hundred thousand deep", post(ISSUES, JSON, nested(100_000)), refused().with(400)),
        case("a number of half a megabyte", post(ISSUES, JSON, number(MIB / 2)), refused().with(400)),
        case(
            "ten thousand members, the last of them there before",
            post(ISSUES, JSON, members(10_000)),
            refused().with(400),
        ),
    ]
}

/// A title that is a number of so many digits.
fn number(digits: usize) -> String {
    format!("{{\"title\":{}}}", "9".repeat(digits))
}

/// An object of so many members, the last of them there before.
fn members(count: usize) -> String {
    let mut text = "{".to_owned();
    for n in 0..count {
        write!(text, "\"m{n}\":0,").expect("a text takes more text");
    }
    text + "\"M0\":0}"
}

fn pushes() -> Vec<Case> {
    let command = |n: usize| format!("{} {} refs/heads/agents/{n:05}", "0".repeat(40), "1".repeat(40));
    let packet = |payload: String| format!("{:04x}{payload}", payload.len() + 4);
    let many: String = (0..10_001).map(|n| packet(command(n))).collect();
    let name = |n: usize| format!("refs/heads/agents/{n:05}/{}", "x".repeat(900));
    let long: String =
        (0..2_500).map(|n| packet(format!("{} {} {}", "0".repeat(40), "1".repeat(40), name(n)))).collect();
    let told = || refused().with(200).naming("too-large");
    vec![
        case("more than ten thousand commands", post(RECEIVE, PUSH, many + "0000"), told()),
        case("a list of more than two megabytes", post(RECEIVE, PUSH, long + "0000"), told()),
        case(
            "nine megabytes, compressed",
            post(RECEIVE, PUSH, noise(9 * MIB)).with("Content-Encoding: gzip"),
            told().or_silence(),
        ),
    ]
}

fn forms() -> Vec<Case> {
    let asked = |body: String| post(TOKEN, FORM, body).without("Authorization");
    let parameters = (0..20).fold(String::new(), |form, n| form + &format!("p{n}=x&"));
    let assertion =
        format!("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion={}", "e".repeat(20 * KIB));
    vec![
        case("a form of 70 KiB", asked(format!("grant_type={}", "x".repeat(70 * KIB))), too_large()),
        case("a form of twenty parameters", asked(parameters + "grant_type=x"), refused().with(400)),
        case("a proof of 20 KiB", asked(assertion), refused()),
    ]
}
