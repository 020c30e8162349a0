//! What rights grant, and what less of them may be asked for.

use proptest::{
    collection::vec,
    prelude::*,
    sample::{select, subsequence},
};

use super::*;
use crate::{
    effect::{Paths, Place},
    names::TreePath,
};

fn repository(name: &str) -> RepositoryName {
    RepositoryName::parse(name).expect("a name")
}

fn set<P: crate::pattern::Pattern>(patterns: &[&str]) -> Patterns<P> {
    Patterns::new(patterns.iter().map(|text| text.parse().expect("a pattern"))).expect("one at least")
}

fn right(repositories: &[&str], actions: &[Action], refs: &[&str], paths: &[&str]) -> Right {
    Right {
        repositories: set(repositories),
        actions: actions.iter().copied().collect(),
        refs: set(refs),
        paths: set(paths),
        merge_from: BTreeSet::new(),
    }
}

fn on_web(action: Action) -> Effect {
    Effect::on_repository(action, &repository("acme/web"))
}

fn at(action: Action, branch: &str) -> Effect {
    on_web(action).at(RefName::for_branch(branch).expect("a branch"))
}

fn paths(texts: &[&str]) -> Vec<TreePath> {
    texts.iter().map(|text| TreePath::parse(text).expect("a path")).collect()
}

#[test]
fn any_right_on_a_repository_lets_its_metadata_be_read() {
    let rights = Rights(vec![right(&["acme/web"], &[Action::IssuesRead], &["**"], &["**"])]);
    assert_eq!(rights.cover(&on_web(Action::RepositoryRead)), Coverage::Granted);
    assert_eq!(rights.cover(&on_web(Action::ContentsRead)), Coverage::NotGranted);
    let elsewhere = Effect::on_repository(Action::RepositoryRead, &repository("acme/app"));
    assert_eq!(rights.cover(&elsewhere), Coverage::NotGranted);
}

#[test]
fn a_right_to_the_directory_or_to_the_gateway_shows_no_repository() {
    let rights = Rights(vec![right(&["**"], &[Action::DirectoryRead, Action::AuditRead], &["**"], &["**"])]);
    assert_eq!(rights.cover(&on_web(Action::RepositoryRead)), Coverage::NotGranted);
    assert_eq!(rights.cover(&Effect::unbound(Action::DirectoryRead)), Coverage::Granted);
    assert_eq!(rights.cover(&Effect::on_spanner(Action::AuditRead)), Coverage::Granted);
    assert_eq!(rights.cover(&Effect::on_spanner(Action::DirectoryRead)), Coverage::NotGranted);
    assert_eq!(rights.cover(&Effect::unbound(Action::AuditRead)), Coverage::NotGranted);
    assert_eq!(rights.cover(&on_web(Action::AuditRead)), Coverage::NotGranted);
}

#[test]
fn a_push_needs_its_ref_in_the_right_that_lists_it() {
    let rights = Rights(vec![right(&["acme/web"], &[Action::RefUpdate], &["refs/heads/agents/**"], &["**"])]);
    assert_eq!(rights.cover(&at(Action::RefUpdate, "agents/x")), Coverage::Granted);
    assert_eq!(rights.cover(&at(Action::LfsWrite, "agents/x")), Coverage::Granted);
    for refused in [at(Action::RefUpdate, "main"), at(Action::RefForce, "agents/x"), on_web(Action::RefUpdate)] {
        assert_eq!(rights.cover(&refused), Coverage::NotGranted, "{refused:?}");
    }
    assert!(rights.writes_some_ref(&repository("acme/web")) && !rights.writes_some_ref(&repository("acme/app")));
}

#[test]
fn each_path_of_an_update_needs_one_right_of_that_action_and_ref() {
    let docs = right(&["acme/web"], &[Action::RefUpdate], &["refs/heads/main"], &["docs/**"]);
    let notes = right(&["acme/web"], &[Action::RefUpdate], &["refs/heads/main"], &["*.md"]);
    let other = right(&["acme/web"], &[Action::RefCreate], &["**"], &["src/**"]);
    let rights = Rights(vec![docs, notes, other]);
    let update = at(Action::RefUpdate, "main");
    assert_eq!(rights.cover(&update.clone().touching(paths(&["docs/a", "README.md"]))), Coverage::Granted);
    assert_eq!(rights.cover(&update.clone().touching(paths(&["docs/a", "src/a"]))), Coverage::NotGranted);
    assert_eq!(rights.cover(&update.clone().touching(vec![])), Coverage::PathsUnknown);
    assert_eq!(rights.cover(&Effect { paths: Paths::Known(vec![]), ..update.clone() }), Coverage::PathsUnknown);
    assert!(rights.speaks_of_paths(&update));
    assert!(!rights.speaks_of_paths(&at(Action::RefUpdate, "else")), "what is refused anyway needs no paths");
}

#[test]
fn a_clone_needs_every_ref_and_every_path() {
    let limited = Rights(vec![right(&["**"], &[Action::ContentsRead], &["refs/heads/main"], &["docs/**"])]);
    assert_eq!(limited.cover(&on_web(Action::ContentsRead)), Coverage::NotGranted);
    assert_eq!(limited.cover(&at(Action::ContentsRead, "main")), Coverage::NotGranted);
    assert_eq!(limited.cover(&at(Action::ContentsRead, "main").touching(paths(&["docs/a"]))), Coverage::Granted);
    assert_eq!(limited.cover(&at(Action::ContentsRead, "main").touching(paths(&["src/a"]))), Coverage::NotGranted);
    let whole = Rights(vec![right(&["**"], &[Action::ContentsRead], &["**"], &["**"])]);
    assert_eq!(whole.cover(&on_web(Action::ContentsRead)), Coverage::Granted);
}

#[test]
fn what_is_asked_of_a_token_may_lie_in_several_rights_and_each_name_in_one_of_them() {
    let pushes = right(&["acme/web"], &[Action::RefUpdate], &["refs/heads/agents/**"], &["**"]);
    let reads = right(&["acme/app"], &[Action::ContentsRead], &["**"], &["**"]);
    let rights = Rights(vec![pushes.clone(), reads.clone()]);
    let asked = |actions: &[Action], repositories: &[&str], refs: &[&str]| Request {
        actions: Some(actions.iter().copied().collect()),
        repositories: Some(set(repositories)),
        refs: (!refs.is_empty()).then(|| set(refs)),
        paths: None,
    };
    let both = [Action::RefUpdate, Action::ContentsRead];
    assert_eq!(rights.reach(&asked(&both, &["acme/web", "acme/app"], &[])), Ok(rights.clone()));
    assert_eq!(rights.reach(&asked(&both, &["acme/app"], &[])), Ok(Rights(vec![reads])));
    let narrower = Right { refs: set(&["refs/heads/agents/x"]), ..pushes };
    let one_branch = asked(&both, &["acme/web"], &["refs/heads/agents/x"]);
    assert_eq!(rights.reach(&one_branch), Ok(Rights(vec![narrower])));
    assert_eq!(rights.reach(&asked(&[Action::RefDelete], &["acme/web"], &[])), Err(NarrowError::Actions));
    assert_eq!(rights.reach(&asked(&[], &["acme/web"], &[])), Err(NarrowError::Actions));
    assert_eq!(rights.reach(&asked(&both, &["acme/web", "acme/x"], &[])), Err(NarrowError::Repositories));
    assert_eq!(rights.reach(&asked(&both, &["acme/web"], &["refs/heads/main"])), Err(NarrowError::Refs));
}

#[test]
fn what_is_asked_for_is_contained_in_one_right_or_refused_by_name() {
    let rights = Rights(vec![
        right(&["acme/*"], &[Action::RefUpdate, Action::ContentsRead], &["refs/heads/agents/**"], &["**"]),
        right(&["acme/web"], &[Action::IssuesRead], &["**"], &["**"]),
    ]);
    let asked = |actions: &[Action], repositories: &[&str], refs: &[&str]| Request {
        actions: (!actions.is_empty()).then(|| actions.iter().copied().collect()),
        repositories: (!repositories.is_empty()).then(|| set(repositories)),
        refs: (!refs.is_empty()).then(|| set(refs)),
        paths: None,
    };
    let narrowed =
        rights.narrow(&asked(&[Action::RefUpdate], &["acme/web"], &["refs/heads/agents/x"])).expect("contained");
    assert_eq!(narrowed, Rights(vec![right(&["acme/web"], &[Action::RefUpdate], &["refs/heads/agents/x"], &["**"])]));
    assert_eq!(rights.narrow(&Request::default()), Ok(rights.clone()));
    assert_eq!(rights.narrow(&asked(&[], &["acme/web"], &[])).expect("both").0.len(), 2);
    assert_eq!(rights.narrow(&asked(&[Action::RefUpdate, Action::IssuesRead], &[], &[])), Err(NarrowError::Actions));
    assert_eq!(rights.narrow(&asked(&[Action::IssuesRead], &["acme/app"], &[])), Err(NarrowError::Repositories));
    assert_eq!(rights.narrow(&asked(&[Action::RefUpdate], &[], &["refs/heads/main"])), Err(NarrowError::Refs));
    assert!(
        rights.narrow(&asked(&[Action::RepositoryRead, Action::LfsWrite], &[], &[])).is_ok(),
        "implied actions are held"
    );
}

#[test]
fn what_is_only_merged_passes_in_the_right_that_may_merge_it() {
    let main = RefName::parse("refs/heads/main").expect("a ref");
    let docs = right(&["acme/web"], &[Action::RefUpdate], &["refs/heads/agents/**"], &["docs/**"]);
    let merging = Right { merge_from: [main.clone()].into(), ..docs.clone() };
    let touch = |path: &[u8], merged: bool| Touch {
        place: Place::of(path),
        commits: Vec::new(),
        merged_from: if merged { [main.clone()].into() } else { BTreeSet::new() },
    };
    let update = |touches| at(Action::RefUpdate, "agents/x").inspected(touches);
    for (path, merged) in [(&b"src/a"[..], true), (b"src/\xff", true), (b"docs/a", false)] {
        let effect = update(vec![touch(path, merged)]);
        assert_eq!(Rights(vec![merging.clone()]).cover(&effect), Coverage::Granted, "{path:?}");
        let narrow = Rights(vec![docs.clone()]);
        assert_eq!(narrow.cover(&effect) == Coverage::Granted, !merged, "{path:?}");
        assert_eq!(narrow.beyond(&effect).len(), usize::from(merged));
    }
    let mixed = update(vec![touch(b"src/a", true), touch(b"src/b", false), touch(b"docs/\xff", false)]);
    let rights = Rights(vec![merging]);
    assert_eq!(rights.cover(&mixed), Coverage::NotGranted);
    let beyond: Vec<_> = rights.beyond(&mixed).iter().map(ToString::to_string).collect();
    assert_eq!(beyond, ["src/b", "\"docs/\\xff\""]);
    assert_eq!(rights.merge_sources(&mixed), [main].into());
    assert_eq!(rights.cover(&update(vec![])), Coverage::Granted, "nothing is touched");
}

#[test]
fn a_deletion_takes_every_path() {
    let limited = Rights(vec![right(&["acme/web"], &[Action::RefDelete], &["refs/heads/agents/**"], &["docs/**"])]);
    assert_eq!(limited.cover(&at(Action::RefDelete, "agents/x")), Coverage::NotGranted);
    let whole = Rights(vec![right(&["acme/web"], &[Action::RefDelete], &["refs/heads/agents/**"], &["**"])]);
    assert_eq!(whole.cover(&at(Action::RefDelete, "agents/x")), Coverage::Granted);
}

#[test]
fn what_two_unions_both_grant_is_said_without_guessing() {
    let one = Rights(vec![
        right(&["acme/*", "other/x"], &[Action::ContentsRead, Action::IssuesRead], &["**"], &["**"]),
        right(&["acme/web"], &[Action::RefUpdate], &["refs/heads/agents/**"], &["**"]),
    ]);
    let other = Rights(vec![
        right(&["acme/web", "*/x"], &[Action::ContentsRead, Action::RefUpdate], &["**"], &["docs/**"]),
        right(&["third/*"], &[Action::ContentsRead], &["**"], &["**"]),
    ]);
    let both = Rights(vec![
        right(&["acme/web", "other/x"], &[Action::ContentsRead], &["**"], &["docs/**"]),
        right(&["acme/web"], &[Action::RefUpdate], &["refs/heads/agents/**"], &["docs/**"]),
    ]);
    assert_eq!(one.meet(&other), both);
    assert_eq!(one.meet(&one), one);
    assert_eq!(one.meet(&Rights::default()), Rights::default());
    let crossing = |pattern| Rights(vec![right(&[pattern], &[Action::ContentsRead], &["**"], &["**"])]);
    assert_eq!(crossing("acme/*").meet(&crossing("*/web")), Rights::default(), "crossing patterns give nothing");
}

#[test]
fn a_merge_both_let_in_stays_one() {
    let from = |branches: &[&str], paths: &[&str]| {
        let merge_from = branches.iter().map(|branch| RefName::for_branch(branch).expect("a branch")).collect();
        Rights(vec![Right { merge_from, ..right(&["acme/web"], &[Action::RefUpdate], &["**"], paths) }])
    };
    assert_eq!(from(&["main", "next"], &["docs/**"]).meet(&from(&[], &["**"])), from(&["main", "next"], &["docs/**"]));
    assert_eq!(
        from(&["main", "next"], &["docs/**"]).meet(&from(&["main"], &["docs/**"])),
        from(&["main"], &["docs/**"])
    );
    assert_eq!(from(&["main"], &["docs/**"]).meet(&from(&[], &["docs/**"])), from(&[], &["docs/**"]));
}

fn some_right() -> impl Strategy<Value = Right> {
    let repositories = subsequence(vec!["acme/*", "*/web", "acme/web", "**", "other/x"], 1..3);
    let refs = subsequence(vec!["**", "refs/heads/*", "refs/heads/agents/**", "refs/heads/main"], 1..3);
    let paths = subsequence(vec!["**", "docs/**", "*.md", "docs/*"], 1..3);
    let actions = subsequence(vec![Action::ContentsRead, Action::RefUpdate, Action::IssuesRead], 1..3);
    (repositories, actions, refs, paths)
        .prop_map(|(repositories, actions, refs, paths)| right(&repositories, &actions, &refs, &paths))
}

fn some_effect() -> impl Strategy<Value = Effect> {
    let action = select(vec![
        Action::ContentsRead,
        Action::RefUpdate,
        Action::LfsWrite,
        Action::IssuesRead,
        Action::RepositoryRead,
    ]);
    let name = select(vec!["acme/web", "acme/x", "other/x", "third/web"]);
    let branch = proptest::option::of(select(vec!["main", "agents/x", "agents/x/y"]));
    let touched = proptest::option::of(subsequence(vec!["docs/a", "docs/a/b", "a.md", "src/a"], 1..3));
    (action, name, branch, touched).prop_map(|(action, name, branch, touched)| {
        let effect = Effect::on_repository(action, &repository(name));
        let effect = match branch {
            Some(branch) => effect.at(RefName::for_branch(branch).expect("a branch")),
            None => effect,
        };
        match touched {
            Some(touched) => effect.touching(paths(&touched)),
            None => effect,
        }
    })
}

proptest! {
    #[test]
    fn what_the_meeting_grants_both_grant(ones in vec(some_right(), 1..4), others in vec(some_right(), 1..4), effect in some_effect()) {
        let (one, other) = (Rights(ones), Rights(others));
        if one.meet(&other).cover(&effect) == Coverage::Granted {
            prop_assert_eq!(one.cover(&effect), Coverage::Granted);
            prop_assert_eq!(other.cover(&effect), Coverage::Granted);
        }
    }
}
