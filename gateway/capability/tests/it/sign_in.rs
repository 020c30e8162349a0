//! Sign-ins: what they say, and that nothing else is one.

use biscuit_auth::{Biscuit, BlockBuilder};
use gogs_spanner_capability::{
    Transfer,
    token::{
        Rejection, SignIn, SignInText, SigningKey, TicketText, TokenText, check_code, mint_sign_in, verify_sign_in,
    },
};

use crate::common::*;

fn sign_in() -> SignIn {
    SignIn {
        issuer: "https://idp.example.com".to_owned(),
        subject: "00u1".to_owned(),
        user: "alice@example.com".to_owned(),
        nonce: "01J".to_owned(),
        issued: at(0),
        service: SERVICE.to_owned(),
        expires: at(3600),
    }
}

fn text_of_sign_in(bytes: &[u8]) -> SignInText {
    SignInText::parse(&text_of(bytes).expose().replacen("gsp_", "gsi_", 1)).expect("a sign-in's text")
}

#[test]
fn a_sign_in_says_what_was_put_into_it_until_it_is_revoked() {
    let text = mint_sign_in(&key(), &sign_in()).expect("a sign-in");
    let (id, read) = verify_sign_in(&keys(), &text, &|_| false).expect("one of ours");
    assert_eq!(read, sign_in());
    assert_eq!(verify_sign_in(&keys(), &text, &|revoked| *revoked == id), Err(Rejection::Revoked));
}

#[test]
fn a_sign_in_is_verified_with_its_own_keys() {
    let text = mint_sign_in(&key(), &sign_in()).expect("a sign-in");
    let others = [SigningKey::from_bytes(7, &[43; 32]).public()].into_iter().collect();
    assert!(matches!(verify_sign_in(&others, &text, &|_| false), Err(Rejection::NotAccepted(_))));
}

#[test]
fn the_three_kinds_are_never_taken_for_one_another() {
    let text = mint_sign_in(&key(), &sign_in()).expect("a sign-in");
    assert!(TokenText::parse(text.expose()).is_err() && TicketText::parse(text.expose()).is_err());
    assert!(matches!(verified(&text_of(text.bytes())), Err(Rejection::NotAccepted(_))));
    let ticket = crate::ticket::minted_ticket(Transfer::Download);
    for bytes in [minted().bytes(), ticket.bytes()] {
        let taken = verify_sign_in(&keys(), &text_of_sign_in(bytes), &|_| false);
        assert!(matches!(taken, Err(Rejection::NotAccepted(_))));
    }
}

#[test]
fn a_sign_in_cannot_be_narrowed() {
    let text = mint_sign_in(&key(), &sign_in()).expect("a sign-in");
    let public =
        biscuit_auth::PublicKey::from_bytes(&key().public().bytes, biscuit_auth::Algorithm::Ed25519).expect("a key");
    let biscuit = Biscuit::from(text.bytes(), public).expect("a signed sign-in");
    assert!(biscuit.append(BlockBuilder::new()).is_err());
}

#[test]
fn a_check_code_is_of_one_challenge_and_the_same_everywhere() {
    assert_eq!(check_code("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), "RCTN-CQQC");
    assert_ne!(check_code("one"), check_code("other"));
}
