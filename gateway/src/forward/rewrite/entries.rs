//! Lists across repositories: what the token may not read is taken out, and the rest stays as it is, in order.
//!
//! Gogs's own lists are of everything an account was let into. Each entry is decided as an effect of its own, under the
//! snapshot the list was permitted with.

mod array;
mod directory;
mod owners;

use std::borrow::Cow;

use gogs_spanner_capability::Action;
use http::{header, response::Parts};
use serde::Deserialize;

use self::array::Array;
use super::{Rewriter, garbled, links, sieve::Sieve, unheld};
use crate::{
    body::{self, Body},
    caller::{Caller, Snapshot},
    classify::Listing,
    refuse::Refusal,
    upstream::Listed,
};

/// The longest list that is held to be sifted: some eight thousand repositories, which Gogs lists without pages.
const LONGEST_LIST: usize = 16 * 1024 * 1024;

/// What tells issues apart. They do not say whose they are.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Issue {
    id: i64,
    number: i64,
}

/// The entries that are shown, as they are shown; nothing in the place of one that is not.
type Shown<'a> = Vec<Option<Cow<'a, [u8]>>>;

impl Rewriter {
    /// The list without what the token may not read.
    pub(super) async fn sift(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        listing: Listing,
        head: &mut Parts,
        body: Body,
    ) -> Result<Body, Refusal> {
        let list = self.room.of(&caller.agent.name).hold(body, LONGEST_LIST).await.map_err(unheld)?;
        let array = Array::of(listing, &list.bytes).ok_or_else(|| garbled("it is no list of Gogs's"))?;
        let sieve = self.sieve(snapshot, caller).await?;
        let shown = match listing {
            Listing::Repositories | Listing::FoundRepositories => self.repositories(&sieve, &array)?,
            Listing::Issues => self.issues(&sieve, caller, &array).await?,
        };
        lead_on(head, shown.iter().any(Option::is_some));
        if shown.iter().all(|entry| matches!(entry, Some(Cow::Borrowed(_)))) {
            return Ok(body::full(list.into_bytes()));
        }
        let sifted = array.of_these(&shown.into_iter().flatten().collect::<Vec<_>>());
        Ok(body::full(list.replaced(sifted).into_bytes()))
    }

    /// Which repositories of a list are shown, each without what it may not tell of others.
    fn repositories<'a>(&self, sieve: &Sieve<'_>, array: &Array<'a>) -> Result<Shown<'a>, Refusal> {
        let repositories: Vec<Listed> = array.read().ok_or_else(|| garbled("an entry is no repository"))?;
        if let Some(external) = repositories.iter().find_map(Listed::external_url) {
            self.accounts.hear(external);
        }
        let pairs = repositories.iter().zip(array.entries());
        pairs
            .map(|(repository, entry)| match sieve.lets(Action::RepositoryRead, repository)? {
                Some(_) => sieve.without_hidden_parents(entry).map(Some),
                None => Ok(None),
            })
            .collect()
    }
}

/// Of the links to other pages of a list, only that to the next is left, and only where something is shown: the others
/// tell how much there is of what is not.
fn lead_on(head: &mut Parts, is_something_shown: bool) {
    if let Some(link) = head.headers.remove(header::LINK)
        && is_something_shown
        && let Some(next) = links::next(&link)
    {
        head.headers.insert(header::LINK, next);
    }
}
