//! Matching by example, containment against matching.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn repositories(text: &str) -> RepositoryPattern {
    RepositoryPattern::parse(text).expect("a pattern")
}

fn refs(text: &str) -> RefPattern {
    RefPattern::parse(text).expect("a pattern")
}

fn paths(text: &str) -> PathPattern {
    PathPattern::parse(text).expect("a pattern")
}

fn holds_path(pattern: &str, path: &str) -> bool {
    paths(pattern).matches(&TreePath::parse(path).expect("a path"))
}

fn holds_ref(pattern: &str, name: &str) -> bool {
    refs(pattern).matches(&RefName::parse(name).expect("a ref"))
}

#[test]
fn one_star_stays_within_its_segment() {
    assert!(holds_path("*.md", "README.md") && !holds_path("*.md", "docs/README.md"));
    assert!(holds_path("a*b*c", "axbxbc") && !holds_path("a*b*c", "acb"));
    assert!(holds_path("docs/*", "docs/a") && !holds_path("docs/*", "docs/a/b"));
}

#[test]
fn two_stars_cross_segments_and_below_is_not_itself() {
    assert!(holds_path("docs/**", "docs/a/b") && !holds_path("docs/**", "docs") && !holds_path("docs/**", "docsx/a"));
    assert!(holds_path("a/**/b", "a/b") && holds_path("a/**/b", "a/x/y/b") && !holds_path("a/**/b", "a/bx"));
    assert!(holds_path("**/b", "b") && holds_path("**", "a/b/c"));
}

#[test]
fn sets_meet_where_some_name_is_of_both() {
    let meet = |one: &str, other: &str| paths(one).meets(&paths(other)) && paths(other).meets(&paths(one));
    for (one, other) in
        [("**", "a"), ("a*", "*b"), ("a*c", "*b*"), ("docs/**", "**/a"), ("a/**/b", "a/*"), ("*/x", "y/*")]
    {
        assert!(meet(one, other), "{one} {other}");
    }
    for (one, other) in
        [("a", "b"), ("a*", "b*"), ("docs/**", "src/**"), ("*", "a/*"), ("docs/**", "docs"), ("*.md", "docs/*")]
    {
        assert!(!meet(one, other), "{one} {other}");
    }
    assert!(refs("**").meets(&refs("refs/heads/a")) && !refs("**").meets(&refs("refs/pull/**")));
    assert!(
        repositories("acme/**").meets(&repositories("*/web"))
            && !repositories("acme/*").meets(&repositories("other/**"))
    );
}

#[test]
fn two_stars_at_the_head_of_a_ref_mean_branches_and_tags() {
    assert!(holds_ref("**", "refs/heads/main") && holds_ref("**", "refs/tags/v1"));
    assert!(!holds_ref("**", "refs/pull/1/head") && !holds_ref("**", "refs/stash"));
    assert!(holds_ref("**/x", "refs/heads/x") && holds_ref("**/x", "refs/tags/a/x") && !holds_ref("**/x", "refs/x"));
    assert!(holds_ref("refs/pull/**", "refs/pull/1/head"));
}

#[test]
fn repositories_are_compared_without_case_and_always_have_two_parts() {
    assert_eq!(repositories("Acme/Site-*").as_str(), "acme/site-*");
    assert!(repositories("acme/site-*").matches(&RepositoryName::parse("ACME/site-1").expect("a name")));
    assert!(repositories("*/*").contains(&repositories("**")), "both hold every repository");
    assert!(
        repositories("acme/**").contains(&repositories("acme/*"))
            && repositories("acme/*").contains(&repositories("acme/**"))
    );
}

#[test]
fn a_pattern_nobody_can_mean_is_refused() {
    for text in
        ["", "acme", "a/b/c", "acme/", "/web", "a**/b", "***", "**/**", "acme/we b", "acme/[ab]", "acme/..", "a/{b}"]
    {
        assert!(RepositoryPattern::parse(text).is_err(), "{text:?}");
    }
    for text in ["main", "*", "heads/main", "ref*/heads/x", "refs/heads/ä"] {
        assert!(RefPattern::parse(text).is_err(), "{text:?}");
    }
    for text in ["/a", "a//b", "./a", "a/..", "a\n", "**/a/**/b/**/c/**/d/**", &"a/".repeat(40), &"a".repeat(600)] {
        assert!(PathPattern::parse(text).is_err(), "{text:?}");
    }
    assert!(PathPattern::parse("Übersicht/*.md").is_ok());
}

#[test]
fn containment_sees_what_no_single_member_of_a_set_shows() {
    let both = Patterns::new([refs("refs/heads/**"), refs("refs/tags/**")]).expect("two");
    assert!(both.contains(&Patterns::any()) && Patterns::any().contains(&both));
    assert!(!refs("refs/heads/**").contains(&refs("**")));
    assert!(paths("**").contains(&paths("a/**/b")) && paths("a/**").contains(&paths("a/**/b")));
    assert!(!paths("a/*/b").contains(&paths("a/**/b")) && !paths("**/b").contains(&paths("**")));
    assert!(paths("a*").contains(&paths("ab*")) && !paths("ab*").contains(&paths("a*")));
}

#[test]
fn a_pattern_made_to_be_slow_is_not() {
    let stars = format!("{}b", "*a".repeat(200));
    let name = TreePath::parse(&"a".repeat(4000)).expect("a path");
    assert!(!paths(&stars).matches(&name));
    let spread = "**/*/**/*/**/*/**/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*";
    let deep = "**/*a*/*a*/*/**/*a*/*/*a*/**/*a*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/**/x";
    for (outer, inner) in [(spread, spread), (spread, deep), (deep, spread), (deep, deep)] {
        let started = Instant::now();
        let is_contained = paths(outer).contains(&paths(inner));
        assert!(is_contained || outer != inner);
        assert!(started.elapsed() < Duration::from_secs(1), "{inner} in {outer} took {:?}", started.elapsed());
    }
}

#[test]
fn an_empty_set_of_patterns_does_not_exist() {
    assert!(Patterns::<PathPattern>::new([]).is_err());
    assert!(serde_json::from_str::<Patterns<PathPattern>>("[]").is_err());
    assert_eq!(serde_json::to_string(&Patterns::<PathPattern>::any()).expect("json"), r#"["**"]"#);
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![Just("*".to_owned()), "[ab*]{1,3}".prop_filter("one star", |text| !text.contains("**"))]
}

prop_compose! {
    fn pattern()(parts in proptest::collection::vec(prop_oneof![3 => segment(), 1 => Just("**".to_owned())], 1..5)) -> String {
        let mut parts = parts;
        parts.dedup_by(|a, b| *a == "**" && *b == "**");
        parts.join("/")
    }
}

fn name() -> impl Strategy<Value = String> {
    proptest::collection::vec("[abz]{1,3}", 1..5).prop_map(|parts| parts.join("/"))
}

/// The words containment turns on: each `*` a letter no pattern has, each `**` every number of such segments up to four.
fn words(pattern: &str) -> Vec<String> {
    let last = pattern.split('/').count() - 1;
    let mut words = vec![vec![]];
    for (at, part) in pattern.split('/').enumerate() {
        words = words
            .into_iter()
            .flat_map(|word: Vec<String>| {
                let choices: Vec<Vec<String>> = match part {
                    "**" => (usize::from(at == last)..=4).map(|count| vec!["z".to_owned(); count]).collect(),
                    text => vec![vec![text.replace('*', "z")]],
                };
                choices.into_iter().map(move |more| [word.clone(), more].concat()).collect::<Vec<_>>()
            })
            .collect();
    }
    words.into_iter().map(|word| word.join("/")).collect()
}

proptest! {
    #[test]
    fn parsing_what_is_displayed_gives_the_same_pattern(text in "[aA*/.]{1,12}|refs/[a*/]{1,8}") {
        if let Ok(pattern) = RepositoryPattern::parse(&text) { prop_assert_eq!(pattern.to_string().parse(), Ok(pattern)); }
        if let Ok(pattern) = RefPattern::parse(&text) { prop_assert_eq!(pattern.to_string(), text.clone()); }
        if let Ok(pattern) = PathPattern::parse(&text) { prop_assert_eq!(pattern.to_string(), text); }
    }

    #[test]
    fn no_text_makes_a_pattern_parser_panic(text in ".*") {
        let _ = (RepositoryPattern::parse(&text), RefPattern::parse(&text), PathPattern::parse(&text));
    }

    #[test]
    fn what_is_contained_is_matched(outer in pattern(), inner in pattern(), name in name()) {
        let (outer, inner, name) = (paths(&outer), paths(&inner), TreePath::parse(&name).expect("a path"));
        if outer.contains(&inner) && inner.matches(&name) { prop_assert!(outer.matches(&name)); }
    }

    #[test]
    fn what_both_match_lets_them_meet(one in pattern(), other in pattern(), name in name()) {
        let (one, other, name) = (paths(&one), paths(&other), TreePath::parse(&name).expect("a path"));
        if one.matches(&name) && other.matches(&name) { prop_assert!(one.meets(&other) && other.meets(&one)); }
        if one.contains(&other) || other.contains(&one) { prop_assert!(one.meets(&other)); }
    }

    #[test]
    fn containment_is_refused_only_with_a_counterexample(outer in pattern(), inner in pattern()) {
        let is_contained = words(&inner).iter().all(|word| holds_path(&outer, word));
        prop_assert_eq!(paths(&outer).contains(&paths(&inner)), is_contained);
    }

    #[test]
    fn containment_in_a_set_is_refused_only_with_a_counterexample(first in pattern(), second in pattern(), inner in pattern()) {
        let is_contained = words(&inner).iter().all(|word| holds_path(&first, word) || holds_path(&second, word));
        let outer = Patterns::new([paths(&first), paths(&second)]).expect("two");
        prop_assert_eq!(outer.contains(&Patterns::only(paths(&inner))), is_contained);
    }

    #[test]
    fn containment_is_reflexive_and_transitive(a in pattern(), b in pattern(), c in pattern()) {
        let (a, b, c) = (paths(&a), paths(&b), paths(&c));
        prop_assert!(a.contains(&a) && PathPattern::any().contains(&a));
        if a.contains(&b) && b.contains(&c) { prop_assert!(a.contains(&c)); }
    }
}
