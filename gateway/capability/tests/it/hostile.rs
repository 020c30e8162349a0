//! Tokens a holder could append to without a key, each validly signed: none of them reaches Datalog.

use std::time::{Duration, Instant};

use biscuit_auth::{
    Algorithm, BlockBuilder, KeyPair, PrivateKey, UnverifiedBiscuit,
    builder::{BiscuitBuilder, Scope},
};
use gogs_spanner_capability::{
    Reason,
    token::{AdmissionError, Rejection, admit},
};

use crate::common::*;

/// Generous: the shapes below take seconds once Datalog has them.
const PROMPTLY: Duration = Duration::from_millis(500);

fn with_block(block: BlockBuilder) -> Vec<u8> {
    let token = UnverifiedBiscuit::from(minted().bytes()).expect("a token");
    token.append(block).and_then(|token| token.to_vec()).expect("appended")
}

fn appended(code: &str) -> Vec<u8> {
    with_block(BlockBuilder::new().code(code).expect(code))
}

fn facts(count: usize) -> String {
    (0..count).map(|n| format!("x({n})")).collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn refused(name: &str, bytes: &[u8], why: AdmissionError) {
    let started = Instant::now();
    assert_eq!(admit(bytes).err(), Some(why), "{name}");
    if bytes.len() <= 4096 {
        assert!(verified(&text_of(bytes)).is_err(), "{name} was verified");
    }
    assert!(started.elapsed() < PROMPTLY, "{name} took {:?}", started.elapsed());
}

#[test]
fn the_hostile_shapes_are_refused_by_admission() {
    let copies =
        |count| (0..count).map(|n| format!("right($a{n}, $b{n}, $c{n}, $d{n})")).collect::<Vec<_>>().join(", ");
    let unknown = AdmissionError::CaveatUnknown;
    let shapes = [
        ("a join over its own facts", format!("{}; check if x($a), x($b), x($c), x($d), $a > 99", facts(12)), unknown),
        ("a join over rights", format!("check if {}", copies(16)), unknown),
        ("a rule with a join", format!("{}; y($a) <- x($a), x($b), x($c), x($d)", facts(12)), unknown),
        ("nested closures", "check if [1, 2].any($a -> [1, 2].any($b -> $a == $b))".to_owned(), unknown),
        ("a closure", "check if {1, 2}.all($a -> $a < 3)".to_owned(), unknown),
        ("a regex", r#"check if resource($r), $r.matches("(\\w{1,60}){1,60}")"#.to_owned(), unknown),
        ("concatenation", r"check if resource($r), ($r + $r + $r).length() > 3".to_owned(), unknown),
        (
            "a transitive closure",
            "e(1, 2); p($a, $b) <- e($a, $b); p($a, $c) <- p($a, $b), e($b, $c)".to_owned(),
            unknown,
        ),
        ("twenty facts", facts(20), AdmissionError::Bounds),
        ("twenty checks", "check if time($t), $t <= 2026-01-01T00:00:00Z;".repeat(20), AdmissionError::Bounds),
        ("a thousand checks", "check if time($t), $t <= 2026-01-01T00:00:00Z;".repeat(1_000), AdmissionError::TooLarge),
        (
            "a thousand symbols",
            (0..1_000).map(|n| format!("x(\"s{n}\")")).collect::<Vec<_>>().join("; "),
            AdmissionError::TooLarge,
        ),
        ("100 KB of text", format!("x(\"{}\")", "a".repeat(100_000)), AdmissionError::TooLarge),
    ];
    for (name, code, why) in &shapes {
        refused(name, &appended(code), *why);
    }
}

#[test]
fn many_tiny_blocks_are_refused_before_their_signatures() {
    let mut token = UnverifiedBiscuit::from(minted().bytes()).expect("a token");
    for _ in 0..10 {
        token = token.append(BlockBuilder::new()).expect("appended");
    }
    refused("ten blocks", &token.to_vec().expect("bytes"), AdmissionError::TooManyBlocks);
}

#[test]
fn a_block_deeper_than_the_authority_allows_is_refused_by_name() {
    let mut token = UnverifiedBiscuit::from(minted().bytes()).expect("a token");
    for _ in 0..4 {
        token = token.append(BlockBuilder::new()).expect("appended");
    }
    let bytes = token.to_vec().expect("bytes");
    assert_eq!(admit(&bytes).err(), Some(AdmissionError::TooDeep));
    assert_eq!(verified(&text_of(&bytes)).err(), Some(Rejection::TooDeep));
}

#[test]
fn a_block_that_states_a_reserved_fact_is_refused() {
    for fact in [
        "time(2020-01-01T00:00:00Z)",
        r#"operation("ref:update")"#,
        r#"resource("acme/web")"#,
        r#"ref("refs/heads/main")"#,
        r#"path("docs/a")"#,
        r#"service("x")"#,
        r#"client_ip("192.0.2.1")"#,
        r#"right({"**"}, {"ref:force"}, {"**"}, {"**"})"#,
        r#"agent("root")"#,
        r#"user("x")"#,
        r#"issuer("x")"#,
        r#"nonce("x")"#,
        "issued(2020-01-01T00:00:00Z)",
        "max_depth(9)",
        r#"change("x")"#,
        r#"approved("x")"#,
        r#"anything("x")"#,
    ] {
        refused(fact, &appended(fact), AdmissionError::CaveatUnknown);
    }
}

#[test]
fn whatever_is_not_token_for_token_on_the_list_is_a_caveat_unknown() {
    for code in [
        "check if true",
        "allowed(1) <- operation($o)",
        "check if time($t), $t <= 2026-01-01T00:00:00Z trusting previous",
        "check if time($t), $t < 2026-01-01T00:00:00Z",
        "check if time($t), 2026-01-01T00:00:00Z >= $t",
        "check if time($t), time($x), $x <= 2026-01-01T00:00:00Z",
        "check if time($t), $t <= 2026-01-01T00:00:00Z, true",
        "check if time($t), $t <= 2026-01-01T00:00:00Z or true",
        "check if time($t), time($t), $t <= 2026-01-01T00:00:00Z",
        "check all time($t), $t <= 2026-01-01T00:00:00Z",
        "reject if time($t), $t > 2026-01-01T00:00:00Z",
        r#"check if operation("contents:read")"#,
        r"check if operation($o), {,}.contains($o)",
        r"check if operation($o), {1}.contains($o)",
        r#"check if operation($o), {"contents:write"}.contains($o)"#,
        r#"check if operation($o), ["contents:read"].contains($o)"#,
        r#"check if operation($o), $o.starts_with("contents:")"#,
        r#"check if resource($r), {"Acme/Web"}.contains($r)"#,
        r#"check if resource($r), {"-"}.contains($r)"#,
        r#"check if resource($r), $r.starts_with("acme")"#,
        r#"check if resource($r), $r.ends_with("/web")"#,
        r#"check if ref($f), {"refs/heads/main"}.contains($f)"#,
        r#"check if ref($f), {"main"}.contains($f) or operation($o), {"contents:read"}.contains($o)"#,
        r#"check if operation($o), {"contents:read"}.contains($o) or ref($f), {"refs/heads/main"}.contains($f)"#,
        r#"check if path($p), $p.starts_with("docs/") or operation($o), {"contents:read"}.contains($o)"#,
        r#"check all path($p), {"docs/a"}.contains($p) or operation($o), {"contents:read"}.contains($o)"#,
        r#"check if client_ip($c), {"192.0.2.0/24"}.contains($c)"#,
        r"check if true.extern::test()",
        r"delegate(1)",
        r#"delegate("a", "b")"#,
        r#"delegate("a"); delegate("b")"#,
    ] {
        let bytes = appended(code);
        refused(code, &bytes, AdmissionError::CaveatUnknown);
        let rejection = verified(&text_of(&bytes)).expect_err("refused");
        assert_eq!(rejection.reason(), Reason::CaveatUnknown, "{code}");
    }
}

#[test]
fn the_texts_of_the_list_are_admitted_whoever_wrote_them() {
    for code in [
        "",
        "check if time($t), $t <= 2026-11-23T10:15:00Z",
        "check if time($anything), $anything <= 2026-11-23T10:15:00Z",
        r#"check if operation($o), {"contents:read", "repository:read"}.contains($o)"#,
        r#"check if resource($r), {"acme/web", "acme/app"}.contains($r)"#,
        r#"check if resource($r), $r.starts_with("acme/")"#,
        r#"check if ref($f), {"refs/heads/main"}.contains($f) or operation($o), {"repository:read","contents:read"}.contains($o)"#,
        r#"check if ref($f), $f.starts_with("refs/heads/agents/") or operation($o), {"repository:read"}.contains($o)"#,
        r#"check all path($p), $p.starts_with("docs/") or operation($o), {"repository:read","contents:read"}.contains($o)"#,
        r#"check if client_ip($c), {"192.0.2.1", "2001:db8::1"}.contains($c)"#,
        r#"delegate("anyone")"#,
    ] {
        assert!(verified(&text_of(&appended(code))).is_ok(), "{code}");
    }
}

#[test]
fn a_block_with_a_context_or_a_scope_is_refused() {
    refused("a context", &with_block(BlockBuilder::new().context("x".to_owned())), AdmissionError::CaveatUnknown);
    refused("a scope", &with_block(BlockBuilder::new().scope(Scope::Previous)), AdmissionError::CaveatUnknown);
}

#[test]
fn a_third_party_block_is_refused() {
    let token = UnverifiedBiscuit::from(minted().bytes()).expect("a token");
    let approver = KeyPair::new_with_algorithm(Algorithm::Ed25519).private();
    let request = token.third_party_request().expect("a request");
    let block =
        request.create_block(&approver, BlockBuilder::new()).and_then(|block| block.serialize()).expect("a block");
    let token = token.append_third_party(&block).and_then(|token| token.to_vec()).expect("appended");
    refused("a third-party block", &token, AdmissionError::ThirdParty);
}

#[test]
fn a_p256_key_is_refused_wherever_it_stands() {
    let pair = KeyPair::new_with_algorithm(Algorithm::Secp256r1);
    let token = UnverifiedBiscuit::from(minted().bytes()).expect("a token");
    let next =
        token.append_with_keypair(&pair, BlockBuilder::new()).and_then(|token| token.to_vec()).expect("appended");
    refused("a P-256 next key", &next, AdmissionError::Key);
    let root = BiscuitBuilder::new().build(&pair).and_then(|token| token.to_vec()).expect("a token");
    refused("a P-256 root", &root, AdmissionError::Key);
}

#[test]
fn an_authority_block_of_our_own_key_that_says_anything_else_is_refused() {
    let root = KeyPair::from(&PrivateKey::from_bytes(&*key().to_bytes(), Algorithm::Ed25519).expect("a key"));
    let whole = r#"agent("a"); nonce("n"); issuer("i"); issued(2026-01-01T00:00:00Z); max_depth(3);
        right({"acme/web"}, {"contents:read"}, {"**"}, {"**"});
        check if service("https://agents.example.com"); check if time($t), $t <= 2099-01-01T00:00:00Z;"#;
    let signed = |code: &str| {
        let builder = BiscuitBuilder::new().root_key_id(7).code(code).expect(code);
        builder.build(&root).and_then(|token| token.to_vec()).expect("a token")
    };
    assert!(verified(&text_of(&signed(whole))).is_ok());
    for (name, code) in [
        ("the time", format!("{whole} time(2020-01-01T00:00:00Z);")),
        ("a second agent", format!("{whole} agent(\"b\");")),
        ("a second end", format!("{whole} check if time($t), $t <= 2099-01-01T00:00:00Z;")),
        ("a rule", format!("{whole} x(1) <- time($t);")),
        ("no right", whole.replace("right(", "wrong(")),
        ("an empty set", whole.replace(r#"{"contents:read"}"#, "{,}")),
        ("no audience", whole.replace("service(", "person(")),
        ("no end", whole.replace("$t <= 2099", "$t >= 2099")),
        ("a negative depth", whole.replace("max_depth(3)", "max_depth(-1)")),
        ("an agent that is none", whole.replace("agent(\"a\")", "agent(\"A B\")")),
    ] {
        refused(name, &signed(&code), AdmissionError::Authority);
    }
}

#[test]
fn bytes_that_are_no_token_are_refused_without_a_panic() {
    for bytes in [&[][..], &[0], &[0xff; 64], &[0x0a; 4096], &[0x12, 0xff, 0xff, 0xff, 0xff, 0x0f]] {
        assert!(admit(bytes).is_err());
    }
    let token = minted();
    for length in 0..token.bytes().len() {
        assert!(admit(&token.bytes()[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn a_sealed_token_is_taken_and_not_narrowed() {
    use gogs_spanner_capability::token::{AttenuateError, Narrowing, attenuate};

    let sealed = UnverifiedBiscuit::from(minted().bytes()).and_then(|token| token.seal()?.to_vec()).expect("sealed");
    let sealed = text_of(&sealed);
    assert!(verified(&sealed).is_ok());
    assert_eq!(attenuate(&sealed, &Narrowing::new().expires(at(1))).err(), Some(AttenuateError::Sealed));
}
