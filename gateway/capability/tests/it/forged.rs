//! A holder needs no library: it has the secret of the last block and can sign any bytes as the next one. Here it
//! does, with blocks of the list changed at random and with Datalog picked at random. Nothing panics, nothing widens.

use biscuit_auth::{
    Algorithm, BlockBuilder, KeyPair, PrivateKey, UnverifiedBiscuit,
    format::schema::{Biscuit, Proof, PublicKey, SignedBlock, proof::Content},
};
use gogs_spanner_capability::{
    Action, Coverage, Effect, RefName,
    token::{Narrowing, TokenText, Verified, attenuate, mint},
};
use proptest::{collection::vec, prelude::*, sample::select};
use prost::Message as _;

use crate::common::*;

/// Signs any bytes as the next block, by hand (signature version 0: payload, algorithm, next key).
fn sign_on(parent: &TokenText, block: Vec<u8>) -> Vec<u8> {
    let mut token = Biscuit::decode(parent.bytes()).expect("a token");
    let Some(Content::NextSecret(secret)) = token.proof.content else { unreachable!("our tokens are not sealed") };
    let holder = KeyPair::from(&PrivateKey::from_bytes(&secret, Algorithm::Ed25519).expect("a key"));
    let next = KeyPair::new_with_algorithm(Algorithm::Ed25519);
    let next_key = PublicKey { algorithm: 0, key: next.public().to_bytes() };
    let payload = [&*block, &0i32.to_le_bytes(), &next_key.key].concat();
    let signature = holder.sign(&payload).expect("signed").to_bytes().to_vec();
    token.blocks.push(SignedBlock { block, next_key, signature, external_signature: None, version: None });
    token.proof = Proof { content: Some(Content::NextSecret(next.private().to_bytes().to_vec())) };
    token.encode_to_vec()
}

fn last_block(token: &TokenText) -> Vec<u8> {
    Biscuit::decode(token.bytes()).expect("a token").blocks.pop().expect("a block").block
}

fn limited() -> TokenText {
    let rights = vec![
        right(&["acme/web"], &[Action::RefUpdate, Action::IssuesRead], &["refs/heads/agents/**"], &["docs/**"]),
        right(&["acme/*"], &[Action::ContentsRead], &["**"], &["**"]),
    ];
    mint(&key(), &claims_with(rights)).expect("a token")
}

/// Every action on two repositories, on three refs and none, with paths inside, outside and not known.
fn effects() -> impl Iterator<Item = Effect> {
    let refs = [None, Some("refs/heads/agents/x"), Some("refs/heads/main"), Some("refs/tags/v1")];
    let everything = move |&action: &Action| {
        let on = ["acme/web", "other/web"].map(|name| Effect::on_repository(action, &name.parse().expect("a name")));
        on.into_iter().flat_map(move |effect| {
            refs.into_iter().flat_map(move |name| {
                let reference = name.map(|name| RefName::parse(name).expect("a ref"));
                let effect = Effect { reference, ..effect.clone() };
                [&["docs/a"][..], &["src/a"], &[]].map(|touched| effect.clone().touching(paths(touched)))
            })
        })
    };
    Action::ALL.iter().flat_map(everything)
}

fn allows(token: &Verified, effect: &Effect) -> bool {
    token.rights().cover(effect) == Coverage::Granted && token.check(effect, &now()).is_ok()
}

fn widens(parent: &TokenText, child: &Verified) -> Option<Effect> {
    let parent = verified(parent).expect("verified");
    effects().find(|effect| allows(child, effect) && !allows(&parent, effect))
}

#[test]
fn a_block_signed_by_hand_is_as_good_as_the_librarys() {
    let narrowed = attenuate(&limited(), &Narrowing::new().actions([Action::ContentsRead])).expect("narrowed");
    let forged = text_of(&sign_on(&limited(), last_block(&narrowed)));
    assert_eq!(verified(&forged).expect("verified").caveats().count(), 1);
}

fn change() -> impl Strategy<Value = (prop::sample::Index, u8, u8)> {
    (any::<prop::sample::Index>(), 0u8..3, any::<u8>())
}

const STATEMENTS: [&str; 16] = [
    "check if time($t), $t <= 2099-01-01T00:00:00Z",
    r#"check if operation($o), {"contents:read", "ref:update"}.contains($o)"#,
    r#"check if resource($r), $r.starts_with("acme/")"#,
    r#"check if ref($f), $f.starts_with("refs/heads/") or operation($o), {"contents:read"}.contains($o)"#,
    r#"check all path($p), $p.starts_with("docs/") or operation($o), {"contents:read"}.contains($o)"#,
    r#"delegate("x")"#,
    "check if true",
    "check if time($t), $t <= 2099-01-01T00:00:00Z or true",
    r#"right({"**"}, {"ref:force"}, {"**"}, {"**"})"#,
    "time(2020-01-01T00:00:00Z)",
    r#"operation("ref:update")"#,
    r#"resource("acme/web")"#,
    r#"ref("refs/heads/agents/x")"#,
    r#"operation("contents:read") <- time($t)"#,
    "reject if false",
    r#"agent("root")"#,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_block_changed_at_random_never_panics_and_never_widens(changes in vec(change(), 1..6)) {
        let narrowing = Narrowing::new().refs([branch("agents/x")]).paths_under("docs/").repositories([web()]).delegate("x");
        let mut block = last_block(&attenuate(&limited(), &narrowing).expect("narrowed"));
        for (at, kind, byte) in changes {
            let at = at.index(block.len());
            match kind {
                0 => block[at] = byte,
                1 => block.insert(at, byte),
                _ => drop(block.remove(at)),
            }
        }
        let forged = text_of(&sign_on(&limited(), block));
        if let Ok(token) = verified(&forged) {
            prop_assert_eq!(widens(&limited(), &token), None);
        }
    }

    #[test]
    fn whatever_datalog_is_appended_what_is_admitted_never_widens(statements in vec(select(&STATEMENTS[..]), 1..4), before in any::<bool>()) {
        let narrowing = Narrowing::new().actions([Action::RefUpdate]).refs_under("refs/heads/agents/");
        let parent = if before { attenuate(&limited(), &narrowing).expect("narrowed") } else { limited() };
        let block = BlockBuilder::new().code(statements.join(";\n")).expect("Datalog");
        let child = UnverifiedBiscuit::from(parent.bytes()).and_then(|token| token.append(block)?.to_vec()).expect("appended");
        if let Ok(token) = verified(&text_of(&child)) {
            prop_assert_eq!(widens(&parent, &token), None);
        }
    }
}
