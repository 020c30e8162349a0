//! Can the gateway write down what it does?

use std::future::ready;

use super::{Case, Check, Severity, Silence, Told, found, unasked};

pub(super) const CHECK: Check = Check {
    id: "store",
    asks: "Does the store take records? Nothing is forwarded that could not be written down.",
    severity: Severity::Wrong,
    mend: "look at the gateway's log; check `[store] url`, its directory and its disk",
    ask: |case| Box::pin(ready(ask(case))),
};

fn ask(case: &Case) -> Told {
    match &case.vitals {
        Ok(_) => Ok(()),
        Err(Silence::Refused(why)) => found(why.clone()),
        Err(Silence::Nobody(_)) => Err(unasked("the running gateway did not say")),
    }
}
