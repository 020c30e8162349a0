//! Tickets: what they say, and that nothing else is one.

use biscuit_auth::{Biscuit, BlockBuilder, builder::fact, builder::string};
use gogs_spanner_capability::{
    Coverage, LfsObject, LfsOid, Transfer,
    token::{
        CheckError, Circumstances, Rejection, RevocationId, SigningKey, Ticket, TicketText, mint_ticket, verify_ticket,
    },
};
use proptest::prelude::*;

use crate::common::*;

fn revocation_id(byte: u8) -> RevocationId {
    RevocationId::from_bytes(&[byte; 64]).expect("64 bytes")
}

fn ticket(transfer: Transfer) -> Ticket {
    Ticket {
        agent: "docs-writer".parse().expect("a name"),
        user: Some("alice@example.com".to_owned()),
        repository: web(),
        transfer,
        object: LfsObject { oid: LfsOid::of_digest(&[7; 32]), size: 2048 },
        token: vec![revocation_id(2), revocation_id(1)],
        issued: at(0),
        clients: Vec::new(),
        service: SERVICE.to_owned(),
        expires: at(3600),
    }
}

pub(crate) fn minted_ticket(transfer: Transfer) -> TicketText {
    mint_ticket(&key(), &ticket(transfer)).expect("a ticket")
}

fn taken(text: &TicketText) -> Result<Ticket, Rejection> {
    verify_ticket(&keys(), text, &|_| false)
}

fn text_of_ticket(bytes: &[u8]) -> TicketText {
    let token = text_of(bytes);
    TicketText::parse(&token.expose().replacen("gsp_", "gst_", 1)).expect("a ticket's text")
}

#[test]
fn a_ticket_says_what_was_put_into_it() {
    let uploads = [Transfer::Upload(branch("agents/x")), Transfer::Download];
    for ticket in uploads.map(ticket) {
        let alone = Ticket { user: None, token: vec![revocation_id(1)], ..ticket.clone() };
        let bound = Ticket { clients: vec![[[192, 0, 2, 1].into()].into(); 2], ..ticket.clone() };
        for ticket in [ticket, alone, bound] {
            let text = mint_ticket(&key(), &ticket).expect("a ticket");
            assert_eq!(taken(&text), Ok(ticket));
        }
    }
}

#[test]
fn a_ticket_is_verified_with_its_own_keys_and_dies_with_any_block_of_its_token() {
    let text = mint_ticket(&key(), &ticket(Transfer::Download)).expect("a ticket");
    let others = [SigningKey::from_bytes(7, &[43; 32]).public()].into_iter().collect();
    assert!(matches!(verify_ticket(&others, &text, &|_| false), Err(Rejection::NotAccepted(_))));
    for byte in [1, 2] {
        assert_eq!(verify_ticket(&keys(), &text, &|id| *id == revocation_id(byte)), Err(Rejection::Revoked));
    }
    assert!(verify_ticket(&keys(), &text, &|id| *id == revocation_id(3)).is_ok());
}

#[test]
fn the_bytes_of_a_token_are_no_ticket_and_those_of_a_ticket_no_token() {
    assert!(matches!(taken(&text_of_ticket(minted().bytes())), Err(Rejection::NotAccepted(_))));
    let text = mint_ticket(&key(), &ticket(Transfer::Download)).expect("a ticket");
    assert!(matches!(verified(&text_of(text.bytes())), Err(Rejection::NotAccepted(_))));
}

#[test]
fn a_ticket_cannot_be_narrowed_and_one_that_was_not_sealed_is_none() {
    let text = mint_ticket(&key(), &ticket(Transfer::Download)).expect("a ticket");
    let public =
        biscuit_auth::PublicKey::from_bytes(&key().public().bytes, biscuit_auth::Algorithm::Ed25519).expect("a key");
    let biscuit = Biscuit::from(text.bytes(), public).expect("a signed ticket");
    assert!(biscuit.append(BlockBuilder::new()).is_err());
    let pair = biscuit_auth::KeyPair::from(
        &biscuit_auth::PrivateKey::from_bytes(&[42; 32], biscuit_auth::Algorithm::Ed25519).expect("a key"),
    );
    let odd = Biscuit::builder().root_key_id(7).fact(fact("agent", &[string("docs-writer")])).expect("a fact");
    let unsealed = odd.build(&pair).expect("signed").to_vec().expect("bytes");
    assert!(matches!(taken(&text_of_ticket(&unsealed)), Err(Rejection::NotAccepted(_))));
}

#[test]
fn a_ticket_grants_its_effect_here_and_now() {
    let upload = ticket(Transfer::Upload(branch("agents/x")));
    let effect = upload.effect();
    assert_eq!(upload.check(&effect, &now()), Ok(()));
    let late = Circumstances { time: at(3601), ..now() };
    assert_eq!(upload.check(&effect, &late), Err(CheckError::Expired));
    let elsewhere = Circumstances { service: "https://other.example.com", ..now() };
    assert_eq!(upload.check(&effect, &elsewhere), Err(CheckError::WrongService));
    let bound =
        Ticket { clients: vec![[[192, 0, 2, 1].into()].into(), [[192, 0, 2, 2].into()].into()], ..upload.clone() };
    assert_eq!(bound.check(&effect, &now()), Err(CheckError::Narrowed), "both sets must hold the address");
    let one = Ticket { clients: vec![[[192, 0, 2, 1].into()].into()], ..upload };
    assert_eq!(one.check(&effect, &now()), Ok(()));
    assert_eq!(one.check(&effect, &Circumstances { client: None, ..now() }), Err(CheckError::Narrowed));
}

#[test]
fn bringing_a_large_object_needs_the_ref_and_no_path() {
    let docs =
        right(&["acme/web"], &[gogs_spanner_capability::Action::RefUpdate], &["refs/heads/agents/**"], &["docs/**"]);
    let rights: gogs_spanner_capability::Rights = [docs].into_iter().collect();
    let upload = |name| rights.cover(&Transfer::Upload(branch(name)).effect(&web()));
    assert_eq!((upload("agents/x"), upload("main")), (Coverage::Granted, Coverage::NotGranted));
}

#[test]
fn a_ticket_has_one_spelling() {
    let text = mint_ticket(&key(), &ticket(Transfer::Upload(branch("agents/x")))).expect("a ticket");
    for byte in 0..text.bytes().len() {
        // A field nobody knows, in the place of one that says what is so anyway.
        for by in [58, 0x20, 0x40, 0x78] {
            let mut bytes = text.bytes().to_vec();
            bytes[byte] ^= by;
            assert!(taken(&text_of_ticket(&bytes)).is_err(), "byte {byte} by {by}");
        }
    }
    let more = [text.bytes(), &[0x78, 0]].concat();
    assert!(taken(&text_of_ticket(&more)).is_err(), "a field that is not ours behind it");
}

proptest! {
    #[test]
    fn a_changed_byte_makes_it_no_ticket(at in 0usize..600, by in 1u8..) {
        let text = mint_ticket(&key(), &ticket(Transfer::Upload(branch("agents/x")))).expect("a ticket");
        let mut bytes = text.bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] ^= by;
        // The key's id is a hint and not signed: another one that is not known is refused, too.
        prop_assert!(taken(&text_of_ticket(&bytes)).is_err());
    }
}
