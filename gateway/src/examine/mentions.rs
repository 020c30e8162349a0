//! What Gogs makes of a commit's message: it writes to issues (decision 0031).
//!
//! Gogs 0.14.3 (`updateCommitReferencesToIssues` in `internal/database/actions.go`) reads the message of every commit that is
//! pushed to a branch, asks nobody whether the pusher may, and
//! - closes or opens again the issue of the *same* repository that `fixes #3`, `closes owner/name#3`, `reopens #3` … names;
//! - puts a note with a link to the commit under every issue that is mentioned, of *any* repository.
//!
//! A note under an issue of the repository a commit is in is part of the commit being there. Everything else is
//! `issues:write` on the repository whose issue it is.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use gogs_spanner_capability::RepositoryName;
use regex::{Captures, Regex};

/// What closes and what opens, as Gogs has it: without a beginning of a word, so `prefixes #3` counts.
static CHANGES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:close|closes|closed|fix|fixes|fixed|resolve|resolves|resolved|reopen|reopens|reopened) ([^\t\n\f\r ]+)",
    )
    .expect("the pattern is one")
});

/// What names an issue. Gogs wants a space before it; here any white space will do.
static NAMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|\s)([^\t\n\f\r ]*#[0-9]+)").expect("the pattern is one"));

/// The repositories to whose issues a message writes, each with the first words that do.
pub(super) fn of(message: &[u8], home: &RepositoryName) -> BTreeMap<RepositoryName, String> {
    let message = String::from_utf8_lossy(message);
    let mut written = BTreeMap::new();
    for found in CHANGES.captures_iter(&message) {
        if let Some(named) = repository(&found[1], home).filter(|named| named == home) {
            written.entry(named).or_insert_with(|| words(&found));
        }
    }
    for found in NAMES.captures_iter(&message) {
        if let Some(named) = repository(&found[1], home).filter(|named| named != home) {
            written.entry(named).or_insert_with(|| words(&found));
        }
    }
    written
}

/// The repository of `#3` or `owner/name#3`; none where Gogs would find none.
fn repository(reference: &str, home: &RepositoryName) -> Option<RepositoryName> {
    let (name, number) = reference.split_once('#')?;
    if !number.starts_with(|digit: char| digit.is_ascii_digit()) {
        return None;
    }
    if name.is_empty() { Some(home.clone()) } else { RepositoryName::parse(&folded(name)).ok() }
}

/// Go folds two letters beyond ASCII to letters a name can have (`strings.ToLower`).
fn folded(name: &str) -> Cow<'_, str> {
    if name.is_ascii() { name.into() } else { name.replace('\u{212a}', "k").replace('\u{130}', "i").into() }
}

fn words(found: &Captures<'_>) -> String {
    found[0].trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(message: &str) -> Vec<(String, String)> {
        let home = RepositoryName::parse("acme/web").expect("a name");
        of(message.as_bytes(), &home).into_iter().map(|(name, words)| (name.to_string(), words)).collect()
    }

    #[test]
    fn what_closes_or_opens_an_issue_of_its_own_repository_writes_there() {
        for message in [
            "fixes #3",
            "Fix #3, and more",
            "x\n\nResolved #12.",
            "reopens #3",
            "close Acme/Web#3",
            "prefix #3",
            "CLOSES #3",
            "clo\u{17f}es #3",
            "fix acme/web#3",
        ] {
            let found = written(message);
            assert_eq!(found.len(), 1, "{message}");
            assert_eq!(found[0].0, "acme/web", "{message}");
        }
    }

    #[test]
    fn a_note_under_an_issue_of_the_same_repository_is_part_of_the_commit() {
        for message in ["see #3", "#3", "part of acme/web#3", "fix the door", "fixes: #3", "fixes #x", "fixes web#3"] {
            assert_eq!(written(message), [], "{message}");
        }
    }

    #[test]
    fn whatever_is_said_of_an_issue_elsewhere_writes_there() {
        for message in
            ["see acme/secret#1", "acme/secret#1", "x\nAcme/Secret#1", "fixes acme/secret#1,", "acme/secret#1x"]
        {
            assert_eq!(written(message)[0].0, "acme/secret", "{message}");
        }
        let folded = written("see acme/\u{212a}it#1 and acme/b#2 and fixes #3");
        assert_eq!(
            folded.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["acme/b", "acme/kit", "acme/web"]
        );
    }

    #[test]
    fn what_gogs_finds_no_repository_for_writes_nowhere() {
        for message in ["(acme/secret#1", "see web#3", "see a/b/c#3", "see acme/secret #1", "http://x/acme/secret#1"] {
            assert_eq!(written(message), [], "{message}");
        }
    }
}
