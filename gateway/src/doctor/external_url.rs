//! Is the name Gogs gives people one they can use?

use std::future::ready;

use url::{Host, Url};

use super::{Case, Check, Severity, Told, found, unasked};

pub(super) const CHECK: Check = Check {
    id: "external-url",
    asks: "Is EXTERNAL_URL a name people can use, and has the gateway, where it is the same name, no path before it?",
    severity: Severity::Warning,
    mend: "set `[server] EXTERNAL_URL` of app.ini to the address people use, with a slash at its end, and restart Gogs",
    ask: |case| Box::pin(ready(ask(case))),
};

fn ask(case: &Case) -> Told {
    let name = case.survey()?.external_url.as_ref().ok_or_else(|| unasked("its sign-in page does not tell it"))?;
    let public_url = Url::parse(case.config.listen.public_url.as_str()).ok();
    let is_public_here = public_url.as_ref().is_some_and(is_this_machine);
    if is_this_machine(name) && !is_public_here {
        return found(format!("it is {name}: links in mails, pages and webhooks lead to whoever follows them"));
    }
    if public_url.is_some_and(|public_url| public_url.origin() == name.origin()) && name.path() != "/" {
        return found(format!("it is {name}, and the gateway has that name without its path"));
    }
    Ok(())
}

pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
