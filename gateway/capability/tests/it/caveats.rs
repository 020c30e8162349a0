//! Fail closed: for every action and every kind of caveat, a fact that is missing refuses.

use gogs_spanner_capability::{
    Action, Coverage, Effect, Rights,
    token::{CheckError, Circumstances, Narrowing, Verified, attenuate},
};

use crate::common::*;

fn narrowed(narrowing: &Narrowing) -> Verified {
    verified(&attenuate(&minted(), narrowing).expect("narrowed")).expect("verified")
}

/// Everything an effect can have.
fn complete(action: Action) -> Effect {
    on_web(action).at(branch("agents/x")).touching(paths(&["docs/a"]))
}

fn stays_allowed_without(action: Action) -> bool {
    matches!(action, Action::RepositoryRead | Action::ContentsRead)
}

/// The kind, a narrowing of it, the actions it lets through regardless, an effect that lacks the fact, and who asks.
type Case<'a> = (&'a str, Narrowing, fn(Action) -> bool, &'a dyn Fn(Action) -> Effect, Circumstances<'a>);

#[test]
fn for_every_action_and_every_caveat_kind_a_missing_fact_is_refusal() {
    let without_ref = |action| Effect { reference: None, ..complete(action) };
    let without_paths = |action| complete(action).touching(vec![]);
    let nobody = Circumstances { client: None, ..now() };
    let cases: [Case<'_>; 8] = [
        ("refs", Narrowing::new().refs([branch("agents/x")]), stays_allowed_without, &without_ref, now()),
        ("refs under", Narrowing::new().refs_under("refs/heads/agents/"), stays_allowed_without, &without_ref, now()),
        ("paths", Narrowing::new().paths_under("docs/"), stays_allowed_without, &without_paths, now()),
        ("clients", Narrowing::new().clients([[192, 0, 2, 1].into()]), |_| false, &complete, nobody),
        ("repositories", Narrowing::new().repositories([web()]), |_| false, &Effect::unbound, now()),
        ("repositories under", Narrowing::new().repositories_under("acme/"), |_| false, &Effect::unbound, now()),
        (
            "repositories and the gateway",
            Narrowing::new().repositories_under("acme/"),
            |_| false,
            &Effect::on_spanner,
            now(),
        ),
        (
            "repositories by name and the gateway",
            Narrowing::new().repositories([web()]),
            |_| false,
            &Effect::on_spanner,
            now(),
        ),
    ];
    for (kind, narrowing, is_exempt, lacking, circumstances) in &cases {
        let token = narrowed(narrowing);
        for &action in Action::ALL {
            // The refs of a wiki are not those a caveat speaks of.
            let is_known = !(action.is_wikis() && kind.starts_with("refs"));
            let outcome = token.check(&complete(action), &now());
            assert_eq!(outcome.is_ok(), is_known, "{kind}: {action} with every fact gave {outcome:?}");
            let outcome = token.check(&lacking(action), circumstances);
            assert_eq!(outcome.is_ok(), is_exempt(action), "{kind}: {action} without the fact gave {outcome:?}");
        }
    }
}

#[test]
fn an_action_that_a_caveat_does_not_list_is_refused() {
    for &listed in Action::ALL {
        let token = narrowed(&Narrowing::new().actions([listed]));
        for &action in Action::ALL {
            let is_implied =
                action == Action::RepositoryRead || (action == Action::LfsWrite && listed.brings_content());
            let expected = if action == listed || is_implied { Ok(()) } else { Err(CheckError::Narrowed) };
            assert_eq!(token.check(&complete(action), &now()), expected, "{listed} asked for {action}");
        }
    }
}

#[test]
fn for_every_action_rights_that_ask_for_a_missing_fact_do_not_grant() {
    let limited = Rights(vec![right(&["acme/web"], Action::ALL, &["refs/heads/**"], &["docs/**"])]);
    for &action in Action::ALL {
        let needs_facts = action.takes_ref() || action == Action::ContentsRead;
        let without_ref = Effect { reference: None, ..complete(action) };
        let without_paths = complete(action).touching(vec![]);
        for lacking in [without_ref, without_paths, on_web(action)] {
            let is_granted = limited.cover(&lacking) == Coverage::Granted;
            assert_eq!(is_granted, !needs_facts && !action.is_spanners(), "{action}: {lacking:?}");
        }
        assert_eq!(
            limited.cover(&complete(action)) == Coverage::Granted,
            !action.is_spanners(),
            "{action} with every fact"
        );
    }
}

#[test]
fn caveats_on_repositories_leave_a_list_whose_entries_they_refuse() {
    let narrowing = Narrowing::new().repositories([web()]).actions([Action::IssuesRead]);
    let token = narrowed(&narrowing);
    assert_eq!(token.check(&Effect::listing(Action::IssuesRead), &now()), Ok(()));
    assert_eq!(token.check(&Effect::listing(Action::WikiRead), &now()), Err(CheckError::Narrowed));
    assert_eq!(token.check(&Effect::unbound(Action::IssuesRead), &now()), Err(CheckError::Narrowed));
    let other = "acme/other".parse().expect("a name");
    assert_eq!(token.check(&on_web(Action::IssuesRead), &now()), Ok(()));
    assert_eq!(token.check(&Effect::on_repository(Action::IssuesRead, &other), &now()), Err(CheckError::Narrowed));
}

#[test]
fn a_mapped_address_is_the_address_it_maps() {
    let token = narrowed(&Narrowing::new().clients([[192, 0, 2, 1].into()]));
    let mapped = Circumstances { client: Some("::ffff:192.0.2.1".parse().expect("an address")), ..now() };
    assert_eq!(token.check(&on_web(Action::ContentsRead), &mapped), Ok(()));
}

#[test]
fn a_caveat_is_shown_as_the_check_it_is() {
    let narrowing = Narrowing::new().refs_under("refs/heads/x/").besides([Action::ContentsRead]).paths_under("docs/");
    let shown: Vec<_> = narrowing.caveats().expect("caveats").iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            r#"check if ref($f), $f.starts_with("refs/heads/x/") or operation($o), {"contents:read"}.contains($o)"#,
            r#"check all path($p), $p.starts_with("docs/") or operation($o), {"contents:read"}.contains($o)"#,
        ]
    );
}
