//! What a repository was forked from. Gogs shows it inside the fork to whoever may read the fork, with its owner's address
//! and all (0.14.3, `internal/database/repo.go:404`), so it is decided as a repository of its own.

use std::{borrow::Cow, ops::Range};

use gogs_spanner_capability::Action;

use super::{Rewriter, exact, garbled, sieve::Sieve, unheld};
use crate::{
    body::{self, Body, Room},
    caller::{Caller, Snapshot},
    refuse::Refusal,
    upstream::Listed,
};

/// The longest repository that is held, without a place: a fork of a fork, and so on, more than a hundred times.
const LONGEST: usize = Room::SMALL;

impl Rewriter {
    /// The one repository an answer shows, without what the token may not read.
    pub(super) async fn repository(&self, snapshot: &Snapshot, caller: &Caller, body: Body) -> Result<Body, Refusal> {
        let shown = self.room.of(&caller.agent.name).hold(body, LONGEST).await.map_err(unheld)?;
        if parent(&shown.bytes)?.is_none() {
            return Ok(body::full(shown.into_bytes()));
        }
        let sieve = self.sieve(snapshot, caller).await?;
        let clean = sieve.without_hidden_parents(&shown.bytes)?.into_owned();
        Ok(body::full(shown.replaced(clean).into_bytes()))
    }
}

impl Sieve<'_> {
    /// A repository with `null` in the place of the first of those it came from that the caller may not read; what that
    /// one came from is gone with it. Nothing else changes by a byte.
    pub(super) fn without_hidden_parents<'d>(&self, document: &'d [u8]) -> Result<Cow<'d, [u8]>, Refusal> {
        let mut within = 0..document.len();
        while let Some(parent) = parent(&document[within.clone()])? {
            let parent = within.start + parent.start..within.start + parent.end;
            if !self.shows(&document[parent.clone()])? {
                let clean = [&document[..parent.start], b"null", &document[parent.end..]].concat();
                return Ok(Cow::Owned(clean));
            }
            within = parent;
        }
        Ok(Cow::Borrowed(document))
    }

    fn shows(&self, parent: &[u8]) -> Result<bool, Refusal> {
        let Ok(parent) = serde_json::from_slice::<Listed>(parent) else { return Ok(false) };
        Ok(self.lets(Action::RepositoryRead, &parent)?.is_some())
    }
}

/// Where in a repository that stands from which it was forked, if it was.
fn parent(repository: &[u8]) -> Result<Option<Range<usize>>, Refusal> {
    let members = exact::members(repository).ok_or_else(|| garbled("it is no repository"))?;
    let mut parents =
        members.into_iter().filter(|(name, value)| name == "parent" && &repository[value.clone()] != b"null");
    let parent = parents.next().map(|(_, value)| value);
    // Which of two is shown would be for the reader to choose.
    if parents.next().is_some() { Err(garbled("it was forked twice")) } else { Ok(parent) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_repository_or_was_forked_twice_is_refused() {
        for text in ["", "null", "[]", "{", r#"{"a"}"#, r#"{"a":1,}"#, r#"{"a":1 "b":2}"#, r#"{"a":1}{}"#, r"{1:2}"] {
            assert!(parent(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parent(br#"{"parent":{"id":1},"parent":{"id":2}}"#).is_err());
        assert!(parent(br#"{"parent":null,"a":1}"#).is_ok_and(|parent| parent.is_none()));
    }
}
