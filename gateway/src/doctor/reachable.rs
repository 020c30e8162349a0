//! Does Gogs answer?

use std::future::ready;

use super::{Case, Check, Severity, Told, found};

pub(super) const CHECK: Check = Check {
    id: "gogs-reachable",
    asks: "Does a Gogs answer where `[upstream] url` says?",
    severity: Severity::Wrong,
    mend: "start Gogs, or give `[upstream] url` the address it listens on",
    ask: |case| Box::pin(ready(ask(case))),
};

fn ask(case: &Case) -> Told {
    case.trouble().map_or(Ok(()), |trouble| found(trouble.to_string()))
}
