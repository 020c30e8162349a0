//! Which Gogs is it?

use std::future::ready;

use super::{Case, Check, Severity, Told, found};
use crate::upstream::version::OLDEST;

pub(super) const CHECK: Check = Check {
    id: "gogs-version",
    asks: "Is it Gogs 0.13.0 or newer? Before it, Git takes no token as a password.",
    severity: Severity::Wrong,
    mend: "upgrade Gogs, best to its newest release",
    ask: |case| Box::pin(ready(ask(case))),
};

fn ask(case: &Case) -> Told {
    case.survey()?;
    match case.version {
        Some(version) if version.is_too_old() => found(format!("it is {version} ({})", version.by)),
        Some(_) => Ok(()),
        // A token that has no power is refused before the route is looked up: then nothing is proven.
        None if case.administrator.is_err() => {
            Err(super::unasked("its pages do not tell, and the admin token asks nothing"))
        }
        None => found(format!("its pages do not tell, and it does not know a route that {OLDEST} brought")),
    }
}
