//! Are the agents' accounts as the gateway made them?

use std::future::ready;

use super::{Case, Check, Severity, Told, unless};

pub(super) const CHECK: Check = Check {
    id: "agents-accounts",
    asks: "Is each agent's account in Gogs as the gateway made it: its e-mail, no power, no SSH key, no token but the gateway's?",
    severity: Severity::Wrong,
    mend: "find out who changed it; in Gogs (Admin Panel, Users) take back what was changed, or delete the account: the gateway makes it \
           anew",
    ask: |case| Box::pin(ready(ask(case))),
};

fn ask(case: &Case) -> Told {
    // Of a Gogs that does not answer it is said once that it does not.
    case.survey()?;
    let accounts = &case.vitals()?.accounts;
    unless(accounts.iter().map(|account| format!("{}: {}", account.agent, account.odd.join(", "))).collect())
}
