//! Does Gogs run as its developers run it?

use super::{Case, Check, Severity, Told, found, unasked};
use crate::upstream::survey::get;

pub(super) const CHECK: Check = Check {
    id: "run-mode",
    asks: "Does Gogs run in its mode for developers? It shows strangers more of itself than they need.",
    severity: Severity::Warning,
    mend: "set `RUN_MODE = prod` at the head of app.ini, and restart Gogs",
    ask: |case| Box::pin(ask(case)),
};

async fn ask(case: &Case) -> Told {
    case.survey()?;
    // A route there is in that mode alone (`internal/cmd/web.go:374`).
    let shown = get(&case.client, case.gogs(), "template/home").send().await;
    let shown = shown.map_err(|_| unasked("Gogs gave no answer"))?;
    if shown.status().is_success() {
        return found(format!("{}/template/home is shown to strangers", case.gogs().as_str().trim_end_matches('/')));
    }
    Ok(())
}
