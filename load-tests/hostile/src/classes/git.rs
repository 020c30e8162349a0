//! Git bodies that are not what they say (gitprotocol-http, gitprotocol-pack).

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use crate::case::{Case, Expected, Message, Step, ask, case, forwards, post, refused, script};

const RECEIVE: &str = "/acme/handbook.git/git-receive-pack";
const UPLOAD: &str = "/acme/handbook.git/git-upload-pack";
const PUSH: &str = "application/x-git-receive-pack-request";
const FETCH: &str = "application/x-git-upload-pack-request";
const NOBODY: &str = "0000000000000000000000000000000000000000";
const ONE: &str = "1111111111111111111111111111111111111111";
const ASKED: &str = "\0 report-status side-band-64k agent=hostile";
/// A pack of no objects, with its checksum.
const PACK: &[u8] =
    b"PACK\0\0\0\x02\0\0\0\0\x02\x9d\x08\x82\x3b\xd8\xa8\xea\xb5\x10\xad\x6a\xc7\x5c\x82\x3c\xfd\x3e\xd3\x1e";

pub(super) fn cases() -> Vec<Case> {
    [passing(), lists(), names(), types(), compressed(), probes()].concat()
}

fn packet(payload: &str) -> String {
    format!("{:04x}{payload}", payload.len() + 4)
}

/// A creation of a ref the agent may make.
fn create(name: &str) -> String {
    packet(&format!("{NOBODY} {ONE} {name}{ASKED}"))
}

/// A command list and a pack.
fn list(commands: &str) -> Vec<u8> {
    [commands.as_bytes(), b"0000", PACK].concat()
}

fn good() -> Vec<u8> {
    list(&create("refs/heads/agents/x"))
}

fn push(body: impl AsRef<[u8]>) -> Message {
    post(RECEIVE, PUSH, body)
}

fn arrives(body: &[u8]) -> Expected {
    forwards(&format!("POST {RECEIVE}")).carrying(body)
}

/// Told inside git's own answer, which is a 200.
fn told(reason: &'static str) -> Expected {
    refused().with(200).naming(reason)
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

fn passing() -> Vec<Case> {
    let cut = [&good()[..], b"more than a pack"].concat();
    vec![
        case("a push", push(good()), arrives(&good())),
        case(
            "a push in chunks of seven bytes",
            ask(&format!("POST {RECEIVE}")).with(&format!("Content-Type: {PUSH}")).chunked(good(), 7),
            arrives(&good()),
        ),
        case("a push with bytes behind its pack", push(&cut), arrives(&cut)),
        script(
            "a pack that breaks off",
            vec![
                Step::Send([push("").without("Content-Length").with("Content-Length: 9999").head(), good()].concat()),
                Step::HalfClose,
            ],
            arrives(&good()).in_part().with(400).or_refused(),
        ),
        case(
            "a fetch",
            post(UPLOAD, FETCH, "00000009done\n"),
            forwards(&format!("POST {UPLOAD}")).carrying(b"00000009done\n"),
        ),
    ]
}

/// Command lists that have two readings, or none.
fn lists() -> Vec<Case> {
    let (first, x) = (create("refs/heads/agents/x"), packet(&format!("{NOBODY} {ONE} refs/heads/agents/x")));
    let main = packet(&format!("{NOBODY} {ONE} refs/heads/master"));
    let mut cases: Vec<_> = [
        ("a packet whose length is no number", format!("zzzz{NOBODY} {ONE} refs/heads/agents/x")),
        ("a packet of a length that means nothing", format!("0003{first}")),
        ("a packet longer than any", format!("fff1{}", "x".repeat(65_517))),
        ("a packet longer than the body", format!("ff00{NOBODY}")),
        ("a mark of protocol 2 in the list", format!("{first}0001{main}")),
        ("another mark of protocol 2", format!("{first}0002{main}")),
        ("an empty packet", format!("{first}0004")),
        ("one ref twice", format!("{first}{x}")),
        ("capabilities on a later line", format!("{first}{}", create("refs/heads/agents/y"))),
        ("a certificate", packet("push-cert\0atomic")),
        ("push options", packet(&format!("{NOBODY} {ONE} refs/heads/agents/x\0push-options"))),
        ("another object format", packet(&format!("{NOBODY} {ONE} refs/heads/agents/x\0object-format=sha256"))),
        (
            "ids of SHA-256",
            packet(&format!("{0}{1} {2}{3} refs/heads/agents/x", NOBODY, "0".repeat(24), ONE, "1".repeat(24))),
        ),
        ("ids cut short", packet("0000 1111 refs/heads/agents/x")),
        ("ids in capitals and no number", packet(&format!("{NOBODY} {} refs/heads/agents/x", "G".repeat(40)))),
        ("from nothing to nothing", packet(&format!("{NOBODY} {NOBODY} refs/heads/agents/x"))),
        ("a shallow line behind a command", format!("{first}{}", packet(&format!("shallow {ONE}")))),
        ("a NUL in a name", packet(&format!("{NOBODY} {ONE} refs/heads/agents/x\0\0refs/heads/master"))),
        ("a line feed in a name", packet(&format!("{NOBODY} {ONE} refs/heads/agents/x\nrefs/heads/master"))),
    ]
    .into_iter()
    .map(|(name, commands)| case(name, push(list(&commands)), told("request-malformed")))
    .collect();
    let gone = packet(&format!("{ONE} {NOBODY} refs/heads/agents/x{ASKED}"));
    cases.extend([
        case("no command at all", push("00000000"), told("request-malformed")),
        case("a list without an end", push(&first), told("request-malformed")),
        case("a pack behind a deletion", push(list(&gone)), told("request-malformed")),
        script(
            "a list that breaks off",
            vec![Step::Send(push(good()).head()), Step::HalfClose],
            refused().with(200).or_silence(),
        ),
    ]);
    cases
}

/// Refs nobody may push here, alone and beside one that would be taken: then nothing is.
fn names() -> Vec<Case> {
    let spelt = [
        "refs/heads/--upload-pack=x",
        "refs/heads/agents/-x",
        "refs/heads/agents/..",
        "refs/heads/agents/a..b",
        "refs/heads/agents/x.lock",
        "refs/heads/agents//x",
        "refs/heads/agents/@{x}",
        "refs/heads/agents/\u{1b}[2J",
        "refs/heads/agents/x~1",
        "refs/heads/agents/x y",
        "+refs/heads/agents/x",
        "HEAD",
        "agents/x",
        "refs/heads/agents/",
    ];
    let spelt =
        spelt.map(|name| case(format!("the ref {name:?}"), push(list(&create(name))), told("request-malformed")));
    let forbidden = [
        "refs/heads/master",
        "refs/heads/agents",
        "refs/heads/Agents/x",
        "refs/tags/v1",
        "refs/pull/1/head",
        "refs/meta/config",
    ];
    let forbidden =
        forbidden.map(|name| case(format!("the ref {name}"), push(list(&create(name))), told("not-granted")));
    let beside = packet(&format!("{NOBODY} {ONE} refs/heads/master"));
    let beside = list(&(create("refs/heads/agents/x") + &beside));
    let gone = [packet(&format!("{ONE} {NOBODY} refs/heads/agents/x{ASKED}")).as_bytes(), b"0000"].concat();
    let others = [
        case("one forbidden ref beside one that is not", push(beside), told("not-granted")),
        case("a deletion nobody granted", push(gone), told("not-granted")),
        case(
            "a push whose query says it is a fetch",
            post(&format!("{RECEIVE}?service=git-upload-pack"), PUSH, good()),
            refused(),
        ),
    ];
    [spelt.to_vec(), forbidden.to_vec(), others.to_vec()].concat()
}

fn types() -> Vec<Case> {
    let typed = |name: &str, kind: &str| case(name, post(RECEIVE, kind, good()), refused());
    vec![
        typed("a push of another service's type", FETCH),
        typed("a push with a parameter in its type", "application/x-git-receive-pack-request; charset=utf-8"),
        typed("a push in capitals", "APPLICATION/X-GIT-RECEIVE-PACK-REQUEST"),
        typed("a push of no type", ""),
        typed("a push that is a form", "application/x-www-form-urlencoded"),
    ]
}

fn compressed() -> Vec<Case> {
    let body = gzip(&good());
    let encoded = |encoding: &str, body: &[u8]| push(body).with(&format!("Content-Encoding: {encoding}"));
    let (twice, behind) = ([&body[..], &body].concat(), [&body[..], b"x"].concat());
    let bomb = || gzip(&vec![0; 64 * 1024 * 1024 + 1]);
    vec![
        case("a compressed push arrives decoded", encoded("gzip", &body), arrives(&good())),
        case("two members", encoded("gzip", &twice), told("request-malformed")),
        case("a byte behind the member", encoded("gzip", &behind), told("request-malformed")),
        case("a member cut short", encoded("gzip", &body[..body.len() - 9]), told("request-malformed")),
        case(
            "a member with a wrong checksum",
            encoded("gzip", &{
                let mut b = body.clone();
                let at = b.len() - 5;
                b[at] ^= 1;
                b
            }),
            told("request-malformed"),
        ),
        case("what is not compressed", encoded("gzip", &good()), told("request-malformed")),
        case("compressed twice", encoded("gzip", &gzip(&body)), told("request-malformed")),
        case("a bomb", encoded("gzip", &bomb()), told("too-large")),
        case("a small bomb", encoded("gzip", &gzip(&vec![0; 2 * 1024 * 1024])), told("too-large")),
        case("an encoding of old", encoded("x-gzip", &body), told("media-type-refused")),
        case("an encoding in capitals", encoded("GZIP", &body), told("media-type-refused")),
        case("an encoding Git does not send", encoded("br", &body), told("media-type-refused")),
        case("a list of encodings", encoded("gzip, gzip", &body), told("media-type-refused")),
        case("compressed and not said so", push(&body), told("request-malformed")),
    ]
}

/// git's question before a large push is answered here, for every repository alike.
fn probes() -> Vec<Case> {
    let probe = |body: &str| post(RECEIVE, PUSH, body).without("Authorization");
    vec![
        case("the probe", probe("0000"), refused().with(200)),
        case(
            "the probe at what is not there",
            post("/nobody/nothing.git/git-receive-pack", PUSH, "0000").without("Authorization"),
            refused().with(200),
        ),
        case("a probe of other bytes", probe("0001"), refused()),
        case(
            "a probe with a request behind it",
            probe("0000").kept_alive().then(Vec::from(push(good()).without("Authorization").hidden())),
            refused().with(200),
        ),
        case(
            "a probe in chunks",
            ask(&format!("POST {RECEIVE}")).with(&format!("Content-Type: {PUSH}")).chunked("0000", 4),
            told("request-malformed"),
        ),
    ]
}
