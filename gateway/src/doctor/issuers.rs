//! Can the issuers' keys be had?

use super::{Case, Check, Severity, Told, unasked, unless};
use crate::exchange::Issuers;

pub(super) const CHECK: Check = Check {
    id: "issuers",
    asks: "Can the keys of each `[[issuer]]` be fetched, and do they belong to it?",
    severity: Severity::Wrong,
    mend: "check its `url` (it must be exactly the `iss` of its tokens) and that this machine reaches it",
    ask: |case| Box::pin(ask(case)),
};

async fn ask(case: &Case) -> Told {
    let Ok(issuers) = Issuers::new(&case.config.issuers, &case.config.listen.public_url, &case.clock) else {
        return Err(unasked("the machine's TLS certificates cannot be read"));
    };
    unless(issuers.unreachable().await.into_iter().map(|(name, why)| format!("`{name}`: {why}")).collect())
}
