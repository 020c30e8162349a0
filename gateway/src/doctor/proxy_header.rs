//! Does Gogs believe whoever names a user in a header?

use http::StatusCode;

use super::{Case, Check, Severity, Told, app_ini::AppIni, found, unasked};
use crate::upstream::survey::get;

pub(super) const CHECK: Check = Check {
    id: "proxy-header",
    asks: "Does Gogs believe a header from this machine that names a user? Then whoever reaches Gogs is whom she says.",
    severity: Severity::Wrong,
    mend: "set `[auth] ENABLE_REVERSE_PROXY_AUTHENTICATION = false` in app.ini, or TRUSTED_PROXY_IPS to the one proxy that signs \
           people in, and restart Gogs",
    ask: |case| Box::pin(ask(case)),
};

/// Gogs's default (`conf/app.ini`).
const HEADER: &str = "X-WEBAUTH-USER";
/// A question an administrator alone may ask, however she signed in; no team has the number 0.
const QUESTION: &str = "api/v1/admin/teams/0/members";

async fn ask(case: &Case) -> Told {
    case.survey()?;
    if let Some(everybody) = case.app_ini().ok().and_then(trusts_everybody) {
        return found(format!("app.ini trusts {everybody} to name users"));
    }
    let administrator = case.administrator.as_ref().map_err(|_| unasked("no administrator is known to name"))?;
    let named = case.app_ini().ok().and_then(|ini| ini.get("auth", "REVERSE_PROXY_AUTHENTICATION_HEADER"));
    let header = named.unwrap_or(HEADER);
    let request = get(&case.client, case.gogs(), QUESTION).header(header, &administrator.username);
    let answer = request.send().await.map_err(|_| unasked("Gogs gave no answer"))?;
    if answer.status() == StatusCode::NOT_FOUND {
        return found(format!(
            "a request with `{header}: {}` and nothing else is an administrator's",
            administrator.username
        ));
    }
    Ok(())
}

/// The network without an end that is trusted, if one is: its effect is not seen from a machine that is trusted anyway.
fn trusts_everybody(ini: &AppIni) -> Option<&str> {
    let is_enabled = ini.get("auth", "ENABLE_REVERSE_PROXY_AUTHENTICATION") == Some("true");
    let networks = ini.get("auth", "TRUSTED_PROXY_IPS").filter(|_| is_enabled)?;
    networks.split(',').map(str::trim).find(|network| network.ends_with("/0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_without_an_end_is_everybody_where_headers_are_believed() {
        let ini = |enabled: bool, networks: &str| {
            AppIni::parse(&format!(
                "[auth]\nENABLE_REVERSE_PROXY_AUTHENTICATION = {enabled}\nTRUSTED_PROXY_IPS = {networks}\n"
            ))
        };
        assert_eq!(trusts_everybody(&ini(true, "127.0.0.1, ::/0")), Some("::/0"));
        assert_eq!(trusts_everybody(&ini(false, "0.0.0.0/0")), None);
        assert_eq!(trusts_everybody(&ini(true, "10.0.0.0/8")), None);
    }
}
