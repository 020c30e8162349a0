//! Do answers come as they are given?

use futures::StreamExt;
use tokio::time::Instant;

use super::{Case, Check, Severity, Told, found, unasked};
use crate::own::passage::{PASSAGE, PAUSE};

pub(super) const CHECK: Check = Check {
    id: "answers-flow",
    asks: "Do answers come through `public_url` as they are given? Where a proxy keeps them back, git shows nothing while it waits.",
    severity: Severity::Warning,
    mend: "let the proxy pass answers on at once: nginx `proxy_buffering off;`",
    ask: |case| Box::pin(ask(case)),
};

/// The gateway gives its answer in two parts, with a pause between them.
async fn ask(case: &Case) -> Told {
    let answer = case.client.get(case.public(PASSAGE)).send().await;
    let answer = answer.ok().filter(|answer| answer.status().is_success());
    let mut parts = answer.ok_or_else(|| unasked("the gateway does not answer at the public url"))?.bytes_stream();
    let first = parts.next().await.map(|_| Instant::now());
    while parts.next().await.is_some() {}
    match first.map(|first| first.elapsed()) {
        Some(between) if between < PAUSE / 2 => {
            found("both parts of an answer came together, a pause after the first was given")
        }
        Some(_) => Ok(()),
        None => found("an answer came without its content"),
    }
}
