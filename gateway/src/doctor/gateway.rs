//! Does the gateway run?

use std::future::ready;

use super::{Case, Check, Severity, Silence, Told, found};

pub(super) const CHECK: Check = Check {
    id: "gateway",
    asks: "Does a gateway answer at `[operate] socket`?",
    severity: Severity::Wrong,
    mend: "start it with `spanner serve`, or run this as the user it runs as",
    ask: |case| Box::pin(ready(ask(case))),
};

fn ask(case: &Case) -> Told {
    match &case.vitals {
        Err(Silence::Nobody(why)) => found(why.clone()),
        _ => Ok(()),
    }
}
