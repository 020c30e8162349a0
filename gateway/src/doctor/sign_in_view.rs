//! May anybody look?

use super::{Case, Check, Severity, Told, found, unasked};
use crate::upstream::survey::get;

pub(super) const CHECK: Check = Check {
    id: "open-view",
    asks: "Can strangers look at Gogs without signing in? What they read is in no trail.",
    severity: Severity::Warning,
    mend: "set `[auth] REQUIRE_SIGNIN_VIEW = true` in app.ini, and restart Gogs",
    ask: |case| Box::pin(ask(case)),
};

async fn ask(case: &Case) -> Told {
    case.survey()?;
    let shown = get(&case.client, case.gogs(), "explore/repos").send().await;
    let shown = shown.map_err(|_| unasked("its list of repositories was not answered"))?;
    if shown.status().is_success() {
        return found(format!("{}/explore/repos is shown to strangers", case.gogs().as_str().trim_end_matches('/')));
    }
    Ok(())
}
