//! The law the rest stands on: whatever is appended, a token never allows what the one before it did not.

use std::net::IpAddr;

use gogs_spanner_capability::{
    Action, Coverage, Effect, Effective, RefName, RepositoryName, Resource, Right, Rights, Transfer,
    token::{Circumstances, Narrowing, Verified, attenuate, mint},
};
use proptest::{collection::vec, option, prelude::*, sample::subsequence};

use crate::common::*;

fn action() -> impl Strategy<Value = Action> {
    proptest::sample::select(Action::ALL)
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    subsequence(Action::ALL, 1..6)
}

fn repository() -> impl Strategy<Value = RepositoryName> {
    prop_oneof![Just("acme/web"), Just("acme/app"), Just("other/web")].prop_map(|text| text.parse().expect("a name"))
}

fn reference() -> impl Strategy<Value = RefName> {
    prop_oneof![Just("refs/heads/main"), Just("refs/heads/agents/x"), Just("refs/heads/agents/y"), Just("refs/tags/v1")]
        .prop_map(|text| text.parse().expect("a ref"))
}

fn prefix() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("refs/heads/agents/"), Just("refs/heads/"), Just("refs/tags/"), Just("refs/")]
}

fn client() -> impl Strategy<Value = IpAddr> {
    prop_oneof![Just("192.0.2.1"), Just("2001:db8::1"), Just("::ffff:192.0.2.1")]
        .prop_map(|text| text.parse().expect("an address"))
}

fn some_right() -> impl Strategy<Value = Right> {
    let repositories = subsequence(vec!["acme/*", "acme/web", "**", "other/**"], 1..3);
    let refs = subsequence(vec!["**", "refs/heads/agents/**", "refs/heads/main", "refs/tags/*"], 1..3);
    let paths = subsequence(vec!["**", "docs/**", "*.md"], 1..3);
    (repositories, actions(), refs, paths)
        .prop_map(|(repositories, actions, refs, paths)| right(&repositories, &actions, &refs, &paths))
}

fn effect() -> impl Strategy<Value = Effect> {
    let resource = prop_oneof![8 => repository().prop_map(Resource::Repository), 1 => Just(Resource::Unbound), 1 => Just(Resource::Listing), 1 => Just(Resource::Spanner)];
    let touched = subsequence(vec!["docs/a", "docs/b/c", "README.md", "src/x"], 0..3);
    (action(), resource, option::of(reference()), touched).prop_map(|(action, resource, reference, touched)| {
        Effect { action, resource, reference, ..on_web(action) }.touching(paths(&touched))
    })
}

/// What the doors make of requests: a ref where the action takes one, paths where it brings content; both of a read.
fn effect_of_a_request() -> impl Strategy<Value = Effect> {
    let touched = subsequence(vec!["docs/a", "docs/b/c", "README.md", "src/x"], 0..3);
    (action(), repository(), reference(), touched).prop_map(|(action, repository, reference, touched)| match action {
        Action::LfsWrite => Transfer::Upload(reference).effect(&repository),
        _ if action.is_spanners() => Effect::on_spanner(action),
        _ if !action.is_on_repository() => Effect::unbound(action),
        Action::ContentsRead => Effect::on_repository(action, &repository).at(reference).touching(paths(&touched)),
        _ if !action.takes_ref() => Effect::on_repository(action, &repository),
        Action::RefDelete => Effect::on_repository(action, &repository).at(reference),
        _ => Effect::on_repository(action, &repository).at(reference).touching(paths(&touched)),
    })
}

fn narrowing() -> impl Strategy<Value = Narrowing> {
    prop_oneof![
        (0i64..1_000).prop_map(|end| Narrowing::new().expires(at(end))),
        actions().prop_map(|actions| Narrowing::new().actions(actions)),
        vec(repository(), 1..3).prop_map(|names| Narrowing::new().repositories(names)),
        Just(Narrowing::new().repositories_under("acme/")),
        vec(reference(), 1..3).prop_map(|names| Narrowing::new().refs(names)),
        (prefix(), actions()).prop_map(|(prefix, besides)| Narrowing::new().refs_under(prefix).besides(besides)),
        actions().prop_map(|besides| Narrowing::new().paths_under("docs/").besides(besides)),
        vec(client(), 1..3).prop_map(|addresses| Narrowing::new().clients(addresses)),
    ]
}

fn circumstances() -> impl Strategy<Value = Circumstances<'static>> {
    let service = prop_oneof![9 => Just(SERVICE), 1 => Just("https://other.example.com")];
    (0i64..1_000, service, option::of(client())).prop_map(|(second, service, client)| Circumstances {
        time: at(second),
        service,
        client,
    })
}

fn allows(token: &Verified, effect: &Effect, circumstances: &Circumstances<'_>) -> bool {
    token.rights().cover(effect) == Coverage::Granted && token.check(effect, circumstances).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn appending_a_block_never_widens(
        rights in vec(some_right(), 1..3), narrowings in vec(narrowing(), 1..4), effects in vec(effect(), 8), circumstances in circumstances(),
    ) {
        let mut text = mint(&key(), &claims_with(rights)).expect("a token");
        let mut before = verified(&text).expect("verified");
        for narrowing in &narrowings {
            text = attenuate(&text, narrowing).expect("narrowed");
            let after = verified(&text).expect("verified");
            prop_assert_eq!(after.rights(), before.rights());
            prop_assert!(after.expires() <= before.expires());
            prop_assert!(after.revocation_ids().starts_with(before.revocation_ids()));
            for effect in &effects {
                prop_assert!(!allows(&after, effect, &circumstances) || allows(&before, effect, &circumstances));
                let repository = effect.repository().cloned().unwrap_or_else(web);
                prop_assert!(!after.may_write_some_ref(&repository) || before.may_write_some_ref(&repository));
            }
            before = after;
        }
    }

    #[test]
    fn typed_caveats_agree_with_datalog(
        narrowings in vec(narrowing(), 1..4), effects in vec(effect(), 8), circumstances in circumstances(),
    ) {
        let text = narrowings.iter().try_fold(minted(), |text, narrowing| attenuate(&text, narrowing)).expect("narrowed");
        let token = verified(&text).expect("verified");
        for effect in &effects {
            let is_typed = token.caveats().all(|caveat| caveat.permits(effect, &circumstances))
                && circumstances.service == SERVICE
                && circumstances.time <= at(900);
            prop_assert_eq!(token.check(effect, &circumstances).is_ok(), is_typed, "{:?}", effect);
        }
    }

    #[test]
    fn what_is_left_written_out_is_what_is_allowed(
        rights in vec(some_right(), 1..4), policy in vec(some_right(), 1..4), narrowings in vec(narrowing(), 0..4),
        effects in vec(effect_of_a_request(), 24), circumstances in circumstances(),
    ) {
        prop_assume!(circumstances.service == SERVICE && circumstances.time <= at(900));
        let text = mint(&key(), &claims_with(rights)).expect("a token");
        let text = narrowings.iter().try_fold(text, |text, narrowing| attenuate(&text, narrowing)).expect("narrowed");
        let (token, policy) = (verified(&text).expect("verified"), Rights(policy));
        let left = Effective::of(token.rights(), token.caveats(), &policy, &circumstances);
        let is_let_in = |effect: &Effect| {
            allows(&token, effect, &circumstances) && policy.cover(effect) == Coverage::Granted
        };
        for effect in &effects {
            // Whoever may not look at a repository is not let in to do more there.
            let whole = |action| effect.repository().map(|name| Effect::on_repository(action, name));
            let may_look = whole(Action::RepositoryRead).is_none_or(|look| is_let_in(&look));
            let reads_all = effect.action == Action::ContentsRead && whole(effect.action).is_some_and(|all| is_let_in(&all));
            let is_allowed = may_look && (reads_all || is_let_in(effect));
            prop_assert_eq!(left.holds(effect), is_allowed, "{:?} of {:#?}", effect, left);
        }
    }

    #[test]
    fn what_may_be_written_gets_the_advertisement(
        rights in vec(some_right(), 1..3), narrowings in vec(narrowing(), 1..3), effects in vec(effect(), 8), circumstances in circumstances(),
    ) {
        let text = mint(&key(), &claims_with(rights)).expect("a token");
        let text = narrowings.iter().try_fold(text, |text, narrowing| attenuate(&text, narrowing)).expect("narrowed");
        let token = verified(&text).expect("verified");
        for effect in effects.iter().filter(|effect| effect.action.writes_ref() && allows(&token, effect, &circumstances)) {
            prop_assert!(effect.repository().is_some_and(|name| token.may_write_some_ref(name)));
        }
    }

    #[test]
    fn caveats_survive_the_token_and_json(narrowings in vec(narrowing(), 1..4)) {
        let text = narrowings.iter().try_fold(minted(), |text, narrowing| attenuate(&text, narrowing)).expect("narrowed");
        let token = verified(&text).expect("verified");
        let meant: Vec<_> = narrowings.iter().flat_map(|narrowing| narrowing.caveats().expect("caveats")).collect();
        let read: Vec<_> = token.caveats().cloned().collect();
        prop_assert_eq!(&read, &meant);
        let json = serde_json::to_string(&read).expect("json");
        prop_assert_eq!(serde_json::from_str::<Vec<gogs_spanner_capability::token::Caveat>>(&json).expect("caveats"), meant);
        for narrowing in &narrowings {
            let json = serde_json::to_string(narrowing).expect("json");
            prop_assert_eq!(&serde_json::from_str::<Narrowing>(&json).expect("a narrowing"), narrowing);
        }
    }
}
