//! A token's bytes are admitted, or refused, before any signature is verified.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use biscuit_auth::{BlockBuilder, UnverifiedBiscuit};
use gogs_spanner_capability::{
    Action, AgentName, Right, Rights,
    pattern::{Pattern, Patterns},
    token::{
        AdmissionError, Claims, MAX_BLOCKS, PublicKeys, Rejection, SigningKey, TOKEN_MAX, TokenText, admit, mint,
        verify,
    },
};
use jiff::Timestamp;

/// Far above what the largest token takes; hostile Datalog takes seconds.
const PROMPTLY: Duration = Duration::from_secs(1);

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(7, &[42; 32]));
static KEYS: LazyLock<PublicKeys> = LazyLock::new(|| [KEY.public()].into_iter().collect());
static TOKEN: LazyLock<TokenText> = LazyLock::new(|| mint(&KEY, &claims()).expect("a token"));

/// Admission is prompt, keeps its bounds, and of a token whose signatures hold it says what verification says.
///
/// An input that begins with `b` is a token's bytes, one with `x` what is laid over those of a token of ours, and any other
/// the Datalog of a block that its holder appends.
pub fn admission(input: &[u8]) {
    let began = Instant::now();
    match input.split_first() {
        Some((b'b', bytes)) => bounded(bytes),
        Some((b'x', mask)) => bounded(&laid_over(TOKEN.bytes(), mask)),
        _ => appended(input),
    }
    assert!(began.elapsed() < PROMPTLY, "it took {:?}", began.elapsed());
}

/// Whatever the bytes are, what is admitted is within bounds; and nobody who lacks our key has it verified.
fn bounded(bytes: &[u8]) {
    let Ok(admitted) = admit(bytes) else { return };
    assert!(bytes.len() <= TOKEN_MAX);
    assert!((1..=MAX_BLOCKS).contains(&admitted.revocation_ids().len()));
    if let Ok(verified) = verify(&KEYS, &text_of(bytes), &|_| false) {
        assert_eq!(
            verified.revocation_ids(),
            admitted.revocation_ids(),
            "the ids that are looked up are those of the token"
        );
        assert_eq!(verified.agent().as_str(), "docs-writer", "our key signed one token only");
    }
}

/// A block any holder can sign: admission and verification judge it alike, and none of it widens anything.
fn appended(code: &[u8]) {
    let Some(block) = std::str::from_utf8(code).ok().and_then(|code| BlockBuilder::new().code(code).ok()) else {
        return;
    };
    let ours = UnverifiedBiscuit::from(TOKEN.bytes()).expect("our own token");
    let Some(bytes) = ours.append(block).ok().and_then(|token| token.to_vec().ok()) else { return };
    if bytes.len() > TOKEN_MAX {
        assert_eq!(admit(&bytes).err(), Some(AdmissionError::TooLarge));
        return;
    }
    let verified = verify(&KEYS, &text_of(&bytes), &|_| false);
    match (admit(&bytes), verified) {
        (Ok(_), Ok(verified)) => {
            let whole = verify(&KEYS, &TOKEN, &|_| false).expect("our own token");
            assert!(verified.expires() <= whole.expires());
            assert_eq!(verified.rights(), whole.rights());
            assert_eq!(verified.agent(), whole.agent());
        }
        (Err(AdmissionError::CaveatUnknown), Err(Rejection::CaveatUnknown))
        | (Err(_), Err(Rejection::NotAccepted(_))) => {}
        (admitted, verified) => panic!("admission says {:?}, verification {:?}", admitted.err(), verified.err()),
    }
}

/// Two bytes of place and one of value, as often as there are three.
fn laid_over(token: &[u8], mask: &[u8]) -> Vec<u8> {
    let mut bytes = token.to_vec();
    for patch in mask.chunks_exact(3) {
        let at = usize::from(u16::from_be_bytes([patch[0], patch[1]])) % bytes.len();
        bytes[at] ^= patch[2];
    }
    bytes
}

/// The text of any bytes, as a hostile holder would write it.
fn text_of(bytes: &[u8]) -> TokenText {
    let whole = [bytes, &crc32fast::hash(bytes).to_be_bytes()].concat();
    TokenText::parse(&format!("gsp_{}", URL_SAFE_NO_PAD.encode(whole))).expect("a token's text")
}

fn claims() -> Claims {
    let right = Right {
        repositories: any_of(&["acme/handbook", "acme/site-*"]),
        actions: [Action::ContentsRead, Action::RefCreate, Action::RefUpdate].into_iter().collect(),
        refs: any_of(&["refs/heads/agents/**"]),
        paths: any_of(&["docs/**"]),
        merge_from: std::collections::BTreeSet::new(),
    };
    Claims {
        agent: AgentName::parse("docs-writer").expect("a name"),
        nonce: "01JDXN".to_owned(),
        issuer: "https://idp.example.com".to_owned(),
        user: None,
        issued: Timestamp::from_second(1_790_000_000).expect("a time"),
        max_depth: 3,
        rights: Rights(vec![right]),
        service: "https://agents.example.com".to_owned(),
        expires: Timestamp::from_second(1_790_000_900).expect("a time"),
    }
}

fn any_of<P: Pattern>(patterns: &[&str]) -> Patterns<P> {
    Patterns::new(patterns.iter().map(|text| text.parse().expect("a pattern"))).expect("one at least")
}
