//! Tokens and what they say of themselves, and texts that are none.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use gogs_spanner_capability::{
    Rights,
    token::{Claims, Malformed, Narrowing, PublicKeys, SigningKey, TokenText, attenuate, inspect, mint, verify},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{now, on_file, settle};

const FILE: &str = "tokens.json";
/// Whom they are for.
pub(super) const SERVICE: &str = "https://agents.example.com";

/// A token with a name.
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) text: TokenText,
}

/// The key they are signed with, which is no secret.
pub(super) fn key() -> SigningKey {
    SigningKey::from_bytes(7, &[7; 32])
}

pub(super) fn keys() -> PublicKeys {
    [key().public()].into_iter().collect()
}

/// Every token. Signing is never the same twice, so those on file are kept as long as they say what they should.
pub(super) fn all() -> Vec<Named> {
    let on_file = on_file(FILE);
    let kept = |name, fresh: TokenText| {
        let known = on_file["tokens"].as_array().into_iter().flatten().find(|token| token["name"] == name);
        let known = known.and_then(|token| token["token"].as_str()?.parse::<TokenText>().ok());
        let is_good = |text: &TokenText| verify(&keys(), text, &|_| false).is_ok() && said(text) == said(&fresh);
        Named { name, text: known.filter(is_good).unwrap_or(fresh) }
    };
    let writer = minted(&writer(), None);
    let narrow = |token: &TokenText, narrowing: Value| {
        let narrowing: Narrowing = serde_json::from_value(narrowing).unwrap();
        attenuate(token, &narrowing).unwrap()
    };
    let for_web = json!({ "repositories_under": "acme/", "delegate": "worker \"1\"" });
    let narrowed = narrow(&writer, for_web);
    let twice = json!({
        "expires": "2026-11-23T10:05:00Z", "actions": ["contents:read", "ref:update"], "repositories": ["acme/handbook"],
        "refs_under": "refs/heads/agents/", "paths_under": "docs/", "clients": ["192.0.2.7", "2001:db8::1"],
    });
    let twice = narrow(&narrowed, twice);
    vec![
        kept("writer", writer),
        kept("for a person", minted(&writer_of_docs(), Some("Alice \"Al\" Müller\n"))),
        kept("narrowed", narrowed),
        kept("narrowed twice", twice),
    ]
}

/// The token of that name.
pub(super) fn named(name: &str) -> TokenText {
    all().into_iter().find(|token| token.name == name).unwrap().text
}

/// What `docs-writer` may: reading, issues, and branches of its own.
fn writer() -> Rights {
    let rights = json!([
        { "repositories": ["acme/handbook", "acme/site-*"], "actions": ["contents:read", "issues:read", "issues:write"],
          "refs": ["**"], "paths": ["**"] },
        { "repositories": ["acme/handbook", "acme/site-*"], "actions": ["ref:create", "ref:update"],
          "refs": ["refs/heads/agents/**"], "paths": ["**"] },
    ]);
    serde_json::from_value(rights).unwrap()
}

fn writer_of_docs() -> Rights {
    let rights = json!([
        { "repositories": ["**"], "actions": ["contents:read"], "refs": ["**"], "paths": ["**"] },
        { "repositories": ["acme/handbook"], "actions": ["ref:update"], "refs": ["refs/heads/agents/**"],
          "paths": ["docs/**", "*.md"], "merge_from": ["refs/heads/main"] },
    ]);
    serde_json::from_value(rights).unwrap()
}

fn minted(rights: &Rights, user: Option<&str>) -> TokenText {
    let claims = Claims {
        agent: "docs-writer".parse().unwrap(),
        nonce: "01JDXN0B".into(),
        issuer: "https://idp.example.com".into(),
        user: user.map(str::to_owned),
        issued: now(),
        max_depth: 3,
        rights: rights.clone(),
        service: SERVICE.into(),
        expires: now() + SignedDuration::from_mins(15),
    };
    mint(&key(), &claims).unwrap()
}

/// What it says of itself, but for what differs each time.
fn said(text: &TokenText) -> Value {
    let mut said = json!(inspect(text).unwrap());
    said["revocation_ids"].take();
    said
}

fn malformed(writer: &str) -> Vec<(&'static str, String)> {
    let changed = if writer.ends_with('A') { "B" } else { "A" };
    let cut = &writer[..writer.len() - 4];
    let too_many = [vec![0; 4097], crc32fast::hash(&[0; 4097]).to_be_bytes().to_vec()].concat();
    vec![
        ("nothing", String::new()),
        ("no prefix", writer["gsp_".len()..].to_owned()),
        ("a ticket's prefix", writer.replacen("gsp_", "gst_", 1)),
        ("another case", writer.replacen("gsp_", "GSP_", 1)),
        ("white space before", format!(" {writer}")),
        ("white space after", format!("{writer}\n")),
        ("nothing after the prefix", "gsp_".to_owned()),
        ("a checksum alone", "gsp_AAAAAA".to_owned()),
        ("padding", format!("{writer}==")),
        ("the other alphabet", format!("{cut}+/+/")),
        ("a character of no alphabet", format!("{cut}A*AA")),
        ("bits left over", "gsp_AQIDBAX".to_owned()),
        ("cut off", cut.to_owned()),
        ("a changed end", format!("{}{changed}", &writer[..writer.len() - 1])),
        ("one byte more than there may be", format!("gsp_{}", URL_SAFE_NO_PAD.encode(&too_many))),
        ("far too long", format!("gsp_{}", "A".repeat(8192))),
    ]
}

fn complaint(error: Malformed) -> &'static str {
    match error {
        Malformed::Prefix => "prefix",
        Malformed::Length => "length",
        Malformed::Encoding => "encoding",
        Malformed::Checksum => "checksum",
    }
}

#[test]
fn tokens_on_file_say_what_they_should() {
    let all = all();
    let tokens = all
        .iter()
        .map(|Named { name, text }| json!({ "name": name, "token": text.expose(), "says": inspect(text).unwrap() }));
    let tokens: Vec<_> = tokens.collect();
    let malformed: Vec<_> = malformed(all[0].text.expose())
        .into_iter()
        .map(|(name, text)| {
            let error = TokenText::parse(&text).unwrap_err();
            json!({ "name": name, "text": text, "error": complaint(error), "message": error.to_string() })
        })
        .collect();
    let whole = |bytes: &[u8]| URL_SAFE_NO_PAD.encode([bytes, &crc32fast::hash(bytes).to_be_bytes()].concat());
    let unreadable = [("no token at all", &b"hello"[..]), ("a field nobody ends", &[0x0a, 0xff, 0xff, 0xff, 0x7f])];
    let unreadable: Vec<_> =
        unreadable.map(|(name, bytes)| json!({ "name": name, "text": format!("gsp_{}", whole(bytes)) })).into();
    for text in &unreadable {
        assert!(inspect(&text["text"].as_str().unwrap().parse().unwrap()).is_err());
    }
    let public = key().public();
    let jwk = json!({
        "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(public.bytes), "kid": public.id.to_string(),
        "use": "biscuit",
    });
    let made = json!({ "keys": { "keys": [jwk] }, "tokens": tokens, "malformed": malformed, "unreadable": unreadable });
    settle(FILE, &made);
}
