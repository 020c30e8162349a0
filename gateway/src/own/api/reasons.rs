//! `GET reasons`: the table of reasons, for whoever was refused.

use gogs_spanner_capability::Reason;
use schemars::JsonSchema;
use serde::Serialize;

/// Every reason there is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Reasons {
    reasons: Vec<Row>,
}

/// One reason.
#[derive(Debug, Serialize, JsonSchema)]
struct Row {
    /// The stable code, `reason` of a refusal.
    code: &'static str,
    /// The HTTP status it is answered with, where its caller speaks HTTP.
    status: u16,
    /// The `error` the token endpoint says it as (RFC 6749, RFC 6750, RFC 9396).
    oauth_error: &'static str,
    /// Seconds after which the same request may succeed; null: not by waiting. A refusal may say another number.
    retry: Option<u32>,
    /// What happened.
    meaning: &'static str,
    /// What to do next. A refusal may say it more exactly.
    hint: &'static str,
    /// What to do next, for programs.
    next: &'static str,
    /// What that word asks for.
    next_means: &'static str,
}

/// The table.
pub(super) fn table() -> Reasons {
    let row = |reason: &Reason| Row {
        code: reason.code(),
        status: reason.status(),
        oauth_error: reason.oauth_error(),
        retry: reason.retry(),
        meaning: reason.meaning(),
        hint: reason.hint(),
        next: reason.next().as_str(),
        next_means: reason.next().meaning(),
    };
    Reasons { reasons: Reason::ALL.iter().map(row).collect() }
}
