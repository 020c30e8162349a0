//! Is the admin token one?

use std::future::ready;

use super::{Case, Check, Severity, Told, found};

pub(super) const CHECK: Check = Check {
    id: "admin-token",
    asks: "Does Gogs know the admin token, and does its owner administer?",
    severity: Severity::Wrong,
    mend: "put a token of a site administrator (Gogs: Your Settings, Applications) where `[upstream] admin_token` says",
    ask: |case| Box::pin(ready(ask(case))),
};

fn ask(case: &Case) -> Told {
    case.survey()?;
    case.administrator.as_ref().map_or_else(|trouble| found(trouble.clone()), |_| Ok(()))
}
