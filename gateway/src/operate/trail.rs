//! The trail over the socket: one JSON object a line.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{ConnectInfo, Query, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream;
use gogs_spanner_capability::{Action, Reason};
use http::header::CONTENT_TYPE;
use jiff::{SignedDuration, Timestamp};

use super::{Operations, Peer, answer::Answer};
use crate::{
    journal::{AuditLine, Outcome, Search},
    refuse::Refusal,
};

/// How often the journal is asked for what is new.
const ASKED_EVERY: Duration = Duration::from_millis(250);
/// How long a line waits for its outcome before it is shown as *unknown*. Longer work is shown while it runs.
const OUTCOME_WITHIN: SignedDuration = SignedDuration::from_secs(2);

/// What stands for an action in the trail and is none: an issuance, what agents ask of the gateway itself, and requests that
/// were refused before anybody knew what they would do.
const BESIDES: [&str; 4] = ["token:issue", "whoami", "can", "-"];

/// What a search finds.
pub(super) async fn search(
    State(operations): State<Arc<Operations>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(search): Query<Search>,
) -> Response {
    // Concluded first, so that the search finds its own record with its outcome.
    let found = match operations.recorded(peer, Action::AuditRead, None, operations.understands(&search)).await {
        Ok(()) => operations.find(&search).await,
        Err(refusal) => Err(refusal),
    };
    found.map_or_else(|refusal| Answer::Refused(refusal).into_response(), |found| lines(Body::from(json_lines(&found))))
}

/// What a search finds, and then everything new that it would find, until either side goes.
pub(super) async fn follow(
    State(operations): State<Arc<Operations>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(search): Query<Search>,
) -> Response {
    let begun = operations.recorded(peer, Action::AuditRead, None, operations.understands(&search)).await;
    if let Err(refusal) = begun {
        return Answer::Refused(refusal).into_response();
    }
    let pages = stream::unfold((operations, search), async |(operations, search)| {
        let page = operations.next_page(&search).await?;
        let after_seq = page.last().map(|line| line.seq).or(search.after_seq).or(Some(0));
        // What came before is bounded by what was asked for; what comes is not.
        let next = Search { after_seq, limit: None, ..search };
        Some((Ok::<_, Infallible>(json_lines(&page)), (operations, next)))
    });
    lines(Body::from_stream(pages))
}

impl Operations {
    /// Whether what is looked for can be there: a word that is spelt wrongly must not look like a trail without such a line.
    async fn understands(&self, search: &Search) -> Result<(), Refusal> {
        if let Some(name) = &search.agent {
            let name = name.parse().map_err(|_| wrong(name, "no name of an agent", "see `spanner agent list`"))?;
            self.knows(&name).await?;
        }
        let hint = "`spanner config reference` lists the actions";
        if let Some(action) = search.action.as_ref().filter(|word| !is_known(word)) {
            let of_it = Search { action: Some(action.clone()), limit: Some(1), ..Search::default() };
            if self.find(&of_it).await?.is_empty() {
                return Err(wrong(action, "no action, and no record says it", hint));
            }
        }
        Ok(())
    }

    async fn find(&self, search: &Search) -> Result<Vec<AuditLine>, Refusal> {
        let found = self.parts.journal.search(search).await;
        found.map_err(|error| {
            Refusal::new(Reason::JournalUnavailable).because("the journal cannot be read").truly(error)
        })
    }

    /// Waits for lines; none when the gateway stops or the journal cannot be read.
    async fn next_page(&self, search: &Search) -> Option<Vec<AuditLine>> {
        loop {
            let found = self.find(search).await.ok()?;
            let is_start_of_an_empty_trail = found.is_empty() && search.after_seq.is_none();
            let page = settled(found, self.parts.clock.now());
            if !page.is_empty() || is_start_of_an_empty_trail {
                return Some(page);
            }
            tokio::select! {
                () = tokio::time::sleep(ASKED_EVERY) => {}
                () = self.stop.cancelled() => return None,
            }
        }
    }
}

/// Whether it is an action, or what the gateway itself writes down as one.
fn is_known(action: &str) -> bool {
    action.parse::<Action>().is_ok() || BESIDES.contains(&action)
}

fn wrong(word: &str, what: &str, hint: &'static str) -> Refusal {
    Refusal::new(Reason::RequestMalformed).because(format!("`{word}` is {what}")).hint(hint)
}

/// The lines up to the first whose outcome may still come.
fn settled(lines: Vec<AuditLine>, now: Timestamp) -> Vec<AuditLine> {
    let is_settled =
        |line: &AuditLine| line.outcome != Outcome::Unknown || now.duration_since(line.time) > OUTCOME_WITHIN;
    lines.into_iter().take_while(is_settled).collect()
}

fn json_lines(lines: &[AuditLine]) -> Bytes {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line).expect("texts and numbers always become JSON");
        text.push(b'\n');
    }
    text.into()
}

fn lines(body: Body) -> Response {
    ([(CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}
