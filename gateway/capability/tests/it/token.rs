//! A token's life: minted, narrowed, read, verified, asked.

use gogs_spanner_capability::{
    Action, Place, Reason, Right, Touch,
    token::{
        AttenuateError, CheckError, MintError, Narrowing, Rejection, SigningKey, TokenText, attenuate, inspect, mint,
        verify,
    },
};

use crate::common::*;

#[test]
fn what_is_minted_is_verified_to_say_what_was_claimed() {
    let token = verified(&minted()).expect("verified");
    let claims = claims();
    assert_eq!((token.agent(), token.user(), token.issuer()), (&claims.agent, claims.user.as_deref(), &*claims.issuer));
    assert_eq!((token.rights(), token.issued(), token.expires()), (&claims.rights, claims.issued, claims.expires));
    assert_eq!((token.service(), token.max_depth(), token.nonce()), (SERVICE, 3, &*claims.nonce));
    assert_eq!(token.check(&on_web(Action::ContentsRead), &now()), Ok(()));
}

#[test]
fn an_ended_token_and_one_for_another_gateway_pass_no_effect() {
    let token = verified(&minted()).expect("verified");
    let read = on_web(Action::ContentsRead);
    let mut circumstances = now();
    circumstances.time = at(900);
    assert_eq!(token.check(&read, &circumstances), Ok(()), "the last second is inside");
    circumstances.time = at(901);
    assert_eq!(token.check(&read, &circumstances), Err(CheckError::Expired));
    circumstances = now();
    circumstances.service = "https://other.example.com";
    assert_eq!(token.check(&read, &circumstances), Err(CheckError::WrongService));
}

#[test]
fn a_narrowed_token_is_read_and_held_to_what_it_says() {
    let narrowing = Narrowing::new()
        .expires(at(300))
        .actions([Action::RefUpdate])
        .repositories([web()])
        .refs_under("refs/heads/agents/")
        .delegate("lint sub-agent");
    let narrowed = attenuate(&minted(), &narrowing).expect("narrowed");
    let token = verified(&narrowed).expect("verified");
    assert_eq!(token.expires(), at(300));
    assert_eq!(token.delegates().map(ToString::to_string).collect::<Vec<_>>(), ["lint sub-agent"]);
    assert_eq!(token.caveats().count(), 4);
    let push = |name| on_web(Action::RefUpdate).at(branch(name));
    assert_eq!(token.check(&push("agents/x"), &now()), Ok(()));
    assert_eq!(token.check(&push("main"), &now()), Err(CheckError::Narrowed));
    assert_eq!(token.check(&on_web(Action::RefUpdate), &now()), Err(CheckError::Narrowed), "no ref, no push");
    assert_eq!(token.check(&on_web(Action::IssuesRead), &now()), Err(CheckError::Narrowed));
}

#[test]
fn the_advertisement_of_a_ref_narrowed_token_is_allowed_and_its_forbidden_ref_refused() {
    let narrowed = attenuate(&minted(), &Narrowing::new().refs([branch("agents/x")])).expect("narrowed");
    let token = verified(&narrowed).expect("verified");
    assert_eq!(token.check(&on_web(Action::RepositoryRead), &now()), Ok(()));
    assert!(token.may_write_some_ref(&web()));
    assert_eq!(token.check(&on_web(Action::RefUpdate).at(branch("agents/x")), &now()), Ok(()));
    assert_eq!(token.check(&on_web(Action::LfsWrite).at(branch("agents/x")), &now()), Ok(()));
    assert_eq!(token.check(&on_web(Action::RefUpdate).at(branch("main")), &now()), Err(CheckError::Narrowed));
}

#[test]
fn a_token_that_can_write_no_ref_does_not_get_the_advertisement_of_a_push() {
    let narrowed =
        |narrowing: Narrowing| verified(&attenuate(&minted(), &narrowing).expect("narrowed")).expect("verified");
    let elsewhere = "acme/app".parse().expect("a name");
    assert!(!narrowed(Narrowing::new().actions([Action::ContentsRead])).may_write_some_ref(&web()));
    assert!(!narrowed(Narrowing::new().repositories([elsewhere])).may_write_some_ref(&web()));
    let disjoint = Narrowing::new().refs([branch("a")]).refs_under("refs/heads/b/");
    assert!(!narrowed(disjoint).may_write_some_ref(&web()));
    assert!(!narrowed(Narrowing::new().refs_under("refs/pull/")).may_write_some_ref(&web()), "no right reaches there");
    assert!(narrowed(Narrowing::new().refs_under("refs/heads/b/")).may_write_some_ref(&web()));
}

#[test]
fn a_caveat_on_paths_asks_for_them_and_holds_each() {
    let narrowed = attenuate(&minted(), &Narrowing::new().paths_under("docs/")).expect("narrowed");
    let token = verified(&narrowed).expect("verified");
    let update = on_web(Action::RefUpdate).at(branch("main"));
    assert!(token.speaks_of_paths(&update) && !token.speaks_of_paths(&on_web(Action::ContentsRead)));
    assert_eq!(token.check(&update, &now()), Err(CheckError::PathsUnknown));
    assert_eq!(token.check(&update.clone().touching(paths(&["docs/a", "docs/b"])), &now()), Ok(()));
    assert_eq!(token.check(&update.clone().touching(paths(&["docs/a", "src/b"])), &now()), Err(CheckError::Narrowed));
    let many = |last: &str| (0..1_200).map(|n| format!("docs/{n}")).chain([last.to_owned()]).collect::<Vec<_>>();
    let touching =
        |texts: Vec<String>| update.clone().touching(paths(&texts.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(token.check(&touching(many("docs/x")), &now()), Ok(()));
    assert_eq!(token.check(&touching(many("src/x")), &now()), Err(CheckError::Narrowed), "in the last run of 500");
}

#[test]
fn listing_an_id_kills_the_token_and_what_derives_from_it_and_nothing_else() {
    let parent = minted();
    let child = attenuate(&parent, &Narrowing::new().actions([Action::ContentsRead])).expect("narrowed");
    let sibling = attenuate(&parent, &Narrowing::new().actions([Action::ContentsRead])).expect("narrowed");
    let listed = verified(&child).expect("verified").token_id().clone();
    let is_revoked = |id: &_| *id == listed;
    assert_eq!(verify(&keys(), &child, &is_revoked).err(), Some(Rejection::Revoked));
    let grandchild = attenuate(&child, &Narrowing::new().expires(at(1))).expect("narrowed");
    assert_eq!(verify(&keys(), &grandchild, &is_revoked).err(), Some(Rejection::Revoked));
    assert!(verify(&keys(), &parent, &is_revoked).is_ok() && verify(&keys(), &sibling, &is_revoked).is_ok());
}

#[test]
fn a_revoked_token_is_refused_before_its_signature_is_looked_at() {
    let foreign = mint(&SigningKey::generate(7), &claims()).expect("a token");
    assert_eq!(verify(&keys(), &foreign, &|_| true).err(), Some(Rejection::Revoked));
}

#[test]
fn a_foreign_key_and_an_unknown_key_id_are_not_accepted() {
    let foreign = mint(&SigningKey::generate(7), &claims()).expect("a token");
    let unknown = mint(&SigningKey::from_bytes(8, &[42; 32]), &claims()).expect("a token");
    for token in [foreign, unknown] {
        let rejection = verified(&token).expect_err("refused");
        assert_eq!(rejection.reason(), Reason::TokenNotAccepted);
    }
    let none = [].into_iter().collect();
    assert_eq!(verify(&none, &minted(), &|_| false).err().map(Rejection::reason), Some(Reason::TokenNotAccepted));
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let token = attenuate(&minted(), &Narrowing::new().refs([branch("x")])).expect("narrowed");
    for at in 0..token.bytes().len() {
        for bit in [0x01, 0x80] {
            let mut bytes = token.bytes().to_vec();
            bytes[at] ^= bit;
            let text = text_of(&bytes);
            assert!(verified(&text).is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_token_is_narrowed_as_often_as_its_authority_says() {
    let once = |token: &TokenText, end| attenuate(token, &Narrowing::new().expires(at(end)));
    let third = (0..3).try_fold(minted(), |token, end| once(&token, end)).expect("three blocks");
    assert!(verified(&third).is_ok());
    assert_eq!(once(&third, 9).err(), Some(AttenuateError::TooDeep));
}

#[test]
fn a_narrowing_that_says_nothing_or_something_impossible_is_refused() {
    let token = minted();
    let refused = |narrowing: Narrowing| attenuate(&token, &narrowing).expect_err("refused");
    assert_eq!(refused(Narrowing::new()), AttenuateError::Empty);
    assert_eq!(refused(Narrowing::new().delegate("x")), AttenuateError::Empty);
    assert_eq!(refused(Narrowing::new().actions([])), AttenuateError::Empty);
    assert_eq!(refused(Narrowing::new().refs([branch("x")]).besides([])), AttenuateError::Empty);
    assert!(matches!(refused(Narrowing::new().refs_under("refs/heads")), AttenuateError::Prefix(_)));
    assert!(matches!(refused(Narrowing::new().repositories_under("acme")), AttenuateError::Prefix(_)));
    assert!(matches!(refused(Narrowing::new().expires(at(1)).delegate("a\nb")), AttenuateError::Delegate(_)));
    let many = (0..200).map(|n| branch(&format!("a-long-name-for-a-branch-{n}")));
    assert_eq!(refused(Narrowing::new().refs(many)), AttenuateError::TooLarge);
}

#[test]
fn a_token_without_rights_or_too_large_is_not_minted() {
    let refused = |rights| mint(&key(), &claims_with(rights)).expect_err("refused");
    assert_eq!(refused(vec![]), MintError::EmptyRights);
    assert_eq!(refused(vec![right(&["**"], &[], &["**"], &["**"])]), MintError::EmptyRights);
    let many: Vec<_> = (0..200).map(|n| format!("acme/repository-{n}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(refused(vec![right(&many, &[Action::ContentsRead], &["**"], &["**"])]), MintError::TooLarge);
    let ended = gogs_spanner_capability::token::Claims { expires: at(-1), ..claims() };
    assert_eq!(mint(&key(), &ended).err(), Some(MintError::Ended));
}

#[test]
fn a_token_is_read_without_a_key_and_says_it_is_unverified() {
    let token =
        attenuate(&minted(), &Narrowing::new().expires(at(5)).paths_under("docs/").delegate("d")).expect("narrowed");
    let shown = inspect(&token).expect("readable");
    assert_eq!((shown.expires, shown.blocks.len(), shown.key_id, shown.sealed), (at(5), 1, Some(7), false));
    assert_eq!(shown.revocation_ids, verified(&token).expect("verified").revocation_ids());
    let json = serde_json::to_value(&shown).expect("json");
    assert_eq!((&json["verified"], &json["agent"]), (&false.into(), &"docs-writer".into()));
    assert_eq!(json["blocks"][0]["caveats"][1]["paths"]["prefix"], "docs/");
}

#[test]
fn a_narrowing_is_read_from_json_and_knows_its_members() {
    let json = r#"{"repositories":["ACME/Web"],"actions":["ref:create"],"refs_under":"refs/heads/x/","clients":["192.0.2.1"]}"#;
    let narrowing: Narrowing = serde_json::from_str(json).expect("a narrowing");
    let token = verified(&attenuate(&minted(), &narrowing).expect("narrowed")).expect("verified");
    assert!(token.mentions_client());
    assert_eq!(token.check(&on_web(Action::RefCreate).at(branch("x/y")), &now()), Ok(()));
    assert!(serde_json::from_str::<Narrowing>(r#"{"refs_udner":"x"}"#).is_err());
}

#[test]
fn debug_of_a_key_and_of_a_token_shows_nothing_to_present() {
    let token = minted();
    let shown = format!("{:?} {:?} {:?}", key(), token, verified(&token).expect("verified"));
    assert!(!shown.contains(&token.expose()[4..24]) && !shown.contains("2a2a2a") && !shown.contains("42, 42"));
}

#[test]
fn a_right_says_what_may_be_merged_only_where_it_was_minted_so() {
    let docs = right(&["acme/web"], &[Action::RefUpdate], &["refs/heads/agents/**"], &["docs/**"]);
    let merging = Right { merge_from: [branch("main")].into(), ..docs.clone() };
    for rights in [vec![docs], vec![merging]] {
        let token = mint(&key(), &claims_with(rights.clone())).expect("minted");
        assert_eq!(verified(&token).expect("verified").rights().0, rights);
    }
}

#[test]
fn an_effect_that_touches_nothing_passes_a_caveat_on_paths_and_one_with_an_odd_name_does_not() {
    let less = Narrowing::new().paths_under("docs/");
    let token = attenuate(&minted(), &less).and_then(|once| attenuate(&once, &Narrowing::new().paths_under("docs/a/")));
    let token = verified(&token.expect("narrowed")).expect("verified");
    let update = on_web(Action::RefUpdate).at(branch("agents/x"));
    let touch =
        |path: &[u8]| Touch { place: Place::of(path), commits: Vec::new(), merged_from: [branch("main")].into() };
    assert_eq!(token.check(&update.clone().inspected(vec![]), &now()), Ok(()));
    assert_eq!(token.check(&update.clone().inspected(vec![touch(b"docs/a/b")]), &now()), Ok(()));
    for odd in [&b"docs/a/\xff"[..], b"docs/a/\n", b"docs/b", b"src/a"] {
        let effect = update.clone().inspected(vec![touch(b"docs/a/b"), touch(odd)]);
        assert_eq!(token.check(&effect, &now()), Err(CheckError::Narrowed), "{odd:?}");
        assert_eq!(token.beyond(&effect).len(), 1);
    }
    let apart = attenuate(&minted(), &less).and_then(|once| attenuate(&once, &Narrowing::new().paths_under("src/")));
    let apart = verified(&apart.expect("narrowed")).expect("verified");
    assert_eq!(apart.check(&update.inspected(vec![]), &now()), Err(CheckError::Narrowed), "no place is left");
}
