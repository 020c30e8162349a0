//! May anybody make an account?

use super::{Case, Check, Severity, Told, found, unasked};
use crate::{client, upstream::survey::get};

pub(super) const CHECK: Check = Check {
    id: "open-registration",
    asks: "Can strangers make an account in Gogs? Such an account acts beside the gateway.",
    severity: Severity::Warning,
    mend: "set `[auth] DISABLE_REGISTRATION = true` in app.ini, and restart Gogs",
    ask: |case| Box::pin(ask(case)),
};

/// The second password, which is on the form alone (`templates/user/auth/signup.tmpl`).
const FORM: &[u8] = b"name=\"retype\"";
const PAGE_AT_MOST: usize = 256 * 1024;

async fn ask(case: &Case) -> Told {
    case.survey()?;
    let response = get(&case.client, case.gogs(), "user/sign_up").send().await;
    let response = response.map_err(|_| unasked("its page of registration was not shown"))?;
    let page = client::read(response, PAGE_AT_MOST).await.unwrap_or_default();
    if page.windows(FORM.len()).any(|text| text == FORM) {
        return found(format!("{}/user/sign_up offers a form", case.gogs().as_str().trim_end_matches('/')));
    }
    Ok(())
}
