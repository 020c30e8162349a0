//! Lists across repositories: what the token may not read is taken out, and the rest stays as it is, in order.
//!
//! Gogs's own lists are of everything an account was let into. Each entry is decided as an effect of its own, under the
//! snapshot the list was permitted with.

mod array;
mod owners;

use bytes::Bytes;
use gogs_spanner_capability::{Action, Effect, Reason, RepositoryName};
use http::{header, response::Parts};
use serde::Deserialize;

use self::array::Array;
use super::Rewriter;
use crate::{
    body::{self, Body, RoomError},
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

impl Rewriter {
    /// The list without what the token may not read; where that is something, without `Link`: how many pages there are
    /// tells of entries that are not shown.
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
        let shown = match listing {
            Listing::Repositories | Listing::FoundRepositories => self.repositories(snapshot, caller, &array)?,
            Listing::Issues => self.issues(snapshot, caller, &array).await?,
        };
        if shown.iter().all(|is_shown| *is_shown) {
            return Ok(body::full(list.into_bytes()));
        }
        head.headers.remove(header::LINK);
        Ok(body::full(Bytes::from(array.keeping(&shown))))
    }

    /// Which repositories of a list are shown.
    fn repositories(&self, snapshot: &Snapshot, caller: &Caller, array: &Array<'_>) -> Result<Vec<bool>, Refusal> {
        let entries: Vec<Listed> = array.read().ok_or_else(|| garbled("an entry is no repository"))?;
        if let Some(external) = entries.iter().find_map(Listed::external_url) {
            self.accounts.hear(external);
        }
        entries
            .iter()
            .map(|entry| {
                let name = entry.name().ok_or_else(|| garbled("an entry has no name"))?;
                self.may(snapshot, caller, Action::RepositoryRead, &name)
            })
            .collect()
    }

    /// Whether the caller may do that in a repository; a fault is not a no.
    fn may(
        &self,
        snapshot: &Snapshot,
        caller: &Caller,
        action: Action,
        repository: &RepositoryName,
    ) -> Result<bool, Refusal> {
        match self.authorizer.decide(snapshot, caller, &Effect::on_repository(action, repository)) {
            Ok(()) => Ok(true),
            Err(refusal) if refusal.reason().is_fault() => Err(refusal),
            Err(_) => Ok(false),
        }
    }
}

fn unheld(error: RoomError) -> Refusal {
    match error {
        RoomError::TooLarge { most } => garbled("it is too long to be held")
            .because(format!("the forge's list is longer than {most} bytes"))
            .hint("ask for one repository"),
        RoomError::Full | RoomError::AgentFull => error.into(),
        RoomError::Slow => Refusal::new(Reason::UpstreamUnavailable).truly(error),
        RoomError::Broken(fault) => Refusal::new(Reason::UpstreamUnavailable).truly(fault),
    }
}

fn garbled(what: &'static str) -> Refusal {
    tracing::error!(what, "a list of the forge cannot be sifted, so it is not passed on");
    Refusal::new(Reason::AnswerRefused)
}
