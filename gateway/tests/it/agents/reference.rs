//! `docs/reference/reasons.md`, generated from the table and from what the scripted agent just met.

use std::{env, fmt::Write as _, fs, path::Path};

use gogs_spanner_capability::{Next, Reason};

use super::{Outcome, trials::UNTRIED};

const PREAMBLE: &str = "\
# Reasons

Generated from the table in `gateway/capability/src/reason.rs`, and from a run of the scripted agent in `gateway/tests/it/agents`;
`UPDATE=1 cargo test -p gogs-spanner --test it agents` writes it anew. Programs read the table at
[`/-/spanner/api/v1/reasons`](own-api.md#reasons).

A refusal names its reason whatever door it comes through: `reason` in problem documents (RFC 9457), in errors of the token endpoint (RFC 6749)
and in answers of the LFS door; in git's output the word in brackets. With it come why (`detail`, `error_description`, `message`), what to do
next (`hint`, and `next` as one word), when the same may succeed (`retry`, seconds, also as `Retry-After`), and `request_id`, by which an
operator finds it (`spanner audit search --request`). A refusal may bring its own hint and retry, which are more exact than those here.
Status, hint and retry of a reason may become better; its code stays.
";

fn row(text: &mut String, cells: &[&str]) {
    writeln!(text, "| {} |", cells.join(" | ")).expect("a String takes everything");
}

/// What the scripted agent made of a reason.
fn met(reason: Reason, met: &[(Reason, Outcome)]) -> String {
    match met.iter().find(|(known, _)| *known == reason) {
        Some((_, Outcome::Mended)) => "mends it in one step".to_owned(),
        Some((_, Outcome::Told)) => "stops, and tells whom it should".to_owned(),
        None => {
            let why = UNTRIED.iter().find(|(known, _)| *known == reason).map_or("", |(_, why)| *why);
            format!("does not meet it: {why}")
        }
    }
}

fn reference(outcomes: &[(Reason, Outcome)]) -> String {
    let mut text = PREAMBLE.to_owned();
    text.push_str("\n## What to do next\n\n| `next` | asks |\n|---|---|\n");
    for next in Next::ALL {
        row(&mut text, &[&format!("`{next}`"), next.meaning()]);
    }
    text.push_str(
        "\n## Every reason\n\n| reason | status | means | what to do | `next` | `retry` |\n|---|---|---|---|---|---|\n",
    );
    for reason in Reason::ALL {
        let (status, retry) =
            (reason.status().to_string(), reason.retry().map_or(String::new(), |after| after.to_string()));
        let (code, next) = (format!("`{reason}`"), format!("`{}`", reason.next()));
        row(&mut text, &[&code, &status, reason.meaning(), reason.hint(), &next, &retry]);
    }
    let times = |outcome| outcomes.iter().filter(|(_, got)| *got == outcome).count();
    write!(
        text,
        "\n## What a scripted agent makes of them\n\nIt knows its name, its key and what it wants; of a refusal it reads `reason`, `next`, `retry` and what stands \
         between backticks; and it has one step.\nOf {} reasons it mends {} so, and of {} it tells a person.\n\n| reason | the agent |\n|---|---|\n",
        outcomes.len(),
        times(Outcome::Mended),
        times(Outcome::Told),
    )
    .expect("a String takes everything");
    for reason in Reason::ALL {
        row(&mut text, &[&format!("`{reason}`"), &met(*reason, outcomes)]);
    }
    text
}

/// Holds the page to what was met.
pub(super) fn is_what_was_met(outcomes: &[(Reason, Outcome)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/reasons.md");
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, reference(outcomes)).expect("the reference can be written");
    }
    let written = fs::read_to_string(&path).expect("docs/reference/reasons.md is there");
    assert_eq!(written, reference(outcomes), "run it with UPDATE=1");
}
