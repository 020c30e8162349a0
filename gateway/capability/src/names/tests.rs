//! Names by example, and that their text is the name.

use proptest::prelude::*;

use super::*;

fn refused<T>(parse: impl Fn(&str) -> Result<T, NameError>, texts: &[&str]) {
    for text in texts {
        assert!(parse(text).is_err(), "{text:?} was taken");
    }
}

#[test]
fn an_agent_is_named_in_lower_case_letters_digits_and_dashes() {
    assert!(AgentName::parse("docs-writer-2").is_ok());
    assert!(AgentName::parse(&"a".repeat(35)).is_ok());
    refused(AgentName::parse, &["", "-a", "A", "a_b", "ä", "a b", &"a".repeat(36)]);
}

#[test]
fn a_repository_is_the_same_in_any_case() {
    let name = RepositoryName::parse("Acme/Web.Site").expect("a name");
    assert_eq!((name.as_str(), name.owner(), name.name()), ("acme/web.site", "acme", "web.site"));
}

#[test]
fn a_repository_has_no_spelling_that_means_another_one() {
    let long = format!("acme/{}", "a".repeat(101));
    refused(
        RepositoryName::parse,
        &[
            "",
            "acme",
            "acme/",
            "/web",
            "a/b/c",
            "./web",
            "acme/..",
            "acme/web.GIT",
            "acme/web.wiki",
            "-/web",
            "acme/w%62",
            &long,
        ],
    );
}

#[test]
fn a_ref_follows_git_and_never_looks_like_an_option() {
    for text in ["refs/heads/main", "refs/tags/v1.0", "refs/heads/agents/ä", "refs/stash"] {
        assert!(RefName::parse(text).is_ok(), "{text}");
    }
    refused(
        RefName::parse,
        &[
            "main",
            "refs/",
            "refs/heads/",
            "refs//x",
            "refs/heads/a..b",
            "refs/heads/.a",
            "refs/heads/a.lock",
            "refs/heads/a.",
            "refs/heads/a b",
            "refs/heads/a~1",
            "refs/heads/a^",
            "refs/heads/a:b",
            "refs/heads/a?",
            "refs/heads/a*",
            "refs/heads/[a",
            "refs/heads/a\\b",
            "refs/heads/@{u}",
            "refs/heads/-x",
            "refs/heads/a\u{7f}",
            "refs/heads/a\n",
            "HEAD",
        ],
    );
}

#[test]
fn a_ref_knows_whether_it_is_a_branch_or_a_tag() {
    let branch = RefName::for_branch("a/b").expect("a branch");
    assert_eq!((branch.branch(), branch.is_branch(), branch.is_tag()), (Some("a/b"), true, false));
    assert!(RefName::parse("refs/tags/v1").expect("a tag").is_tag());
    assert!(RefName::for_branch("-x").is_err());
    assert!(RefName::for_branch("+x").is_err(), "git takes it for `x`, by force");
}

#[test]
fn a_path_stays_inside_the_tree() {
    assert!(TreePath::parse("docs/a b/ü*.md").is_ok());
    refused(
        TreePath::parse,
        &["", "/etc", "a//b", "a/", "../a", "a/./b", ".git/config", "a/.GIT/hooks", "a\nb", "a\0"],
    );
}

proptest! {
    #[test]
    fn parsing_what_is_displayed_gives_the_same_name(text in "(refs/)?[a-zA-Z0-9./_@-]{1,40}") {
        if let Ok(name) = AgentName::parse(&text) { prop_assert_eq!(AgentName::parse(name.as_ref()), Ok(name)); }
        if let Ok(name) = RepositoryName::parse(&text) { prop_assert_eq!(RepositoryName::parse(name.as_ref()), Ok(name)); }
        if let Ok(name) = RefName::parse(&text) { prop_assert_eq!(name.as_str(), &text); }
        if let Ok(name) = TreePath::parse(&text) { prop_assert_eq!(name.as_str(), &text); }
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in ".*") {
        let _ = (AgentName::parse(&text), RepositoryName::parse(&text), RefName::parse(&text), TreePath::parse(&text));
    }
}
