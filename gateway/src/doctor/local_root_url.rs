//! Do Gogs's own hooks reach it?

use url::Url;

use super::{Case, Check, Severity, Told, found, unasked};
use crate::upstream::Survey;

pub(super) const CHECK: Check = Check {
    id: "local-root-url",
    asks: "Do Gogs's hooks reach it at LOCAL_ROOT_URL? Where they do not, pushes succeed and their webhooks wait.",
    severity: Severity::Wrong,
    mend: "set `[server] LOCAL_ROOT_URL` of app.ini to the address Gogs listens on, with a slash at its end, and restart Gogs",
    ask: |case| Box::pin(ask(case)),
};

async fn ask(case: &Case) -> Told {
    let written = case.app_ini()?.local_root_url();
    if written.starts_with("unix") {
        return Err(unasked("Gogs listens on a socket, which only its own machine can try"));
    }
    let Ok(url) = Url::parse(&written) else { return found(format!("`{written}` is no url")) };
    if !written.ends_with('/') {
        return found(format!("`{written}` has no slash at its end, and hooks put a repository's name behind it"));
    }
    Survey::of(&case.client, &url).await.map_or_else(|trouble| found(trouble.to_string()), |_| Ok(()))
}
