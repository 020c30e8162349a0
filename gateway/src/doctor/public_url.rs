//! Is it this gateway that answers at the public url?

use std::future::ready;

use serde_json::Value;
use url::Url;

use super::{Case, Check, Severity, Told, external_url::is_this_machine, found};
use crate::{client, own::KEYS};

pub(super) const PLAIN: Check = Check {
    id: "public-url-plain",
    asks: "Are tokens encrypted on their way? Clients send none in plain sight to another machine.",
    severity: Severity::Wrong,
    mend: "give `[listen] public_url` an https name; TLS ends at the gateway, `[listen] tls`, or at a proxy before it",
    ask: |case| Box::pin(ready(plain(case))),
};

pub(super) const CHECK: Check = Check {
    id: "public-url",
    asks: "Does this very gateway answer at `[listen] public_url`?",
    severity: Severity::Wrong,
    mend: "let the name lead to the gateway: DNS, the proxy before it, its certificate, `[listen] address`",
    ask: |case| Box::pin(ask(case)),
};

const ANSWER_AT_MOST: usize = 64 * 1024;

fn plain(case: &Case) -> Told {
    let public_url = &case.config.listen.public_url;
    match Url::parse(public_url.as_str()) {
        Ok(url) if url.scheme() == "http" && !is_this_machine(&url) => found(format!("it is {public_url}")),
        _ => Ok(()),
    }
}

async fn ask(case: &Case) -> Told {
    let url = case.public(KEYS);
    let answer = match case.client.get(&url).send().await {
        Ok(answer) => answer,
        Err(error) => return found(format!("{url}: {}", client::cause(error))),
    };
    let status = answer.status();
    let body = client::read(answer, ANSWER_AT_MOST).await.unwrap_or_default();
    let Ok(keys) = serde_json::from_slice::<Value>(&body) else {
        return found(format!("{url} answered {status}, and not as a gateway does"));
    };
    // Without its socket the gateway cannot be told from another; that it does not answer there is another finding.
    match &case.vitals {
        Ok(vitals) if vitals.jwks != keys => found(format!("another gateway answers at {url}: its keys are not ours")),
        _ => Ok(()),
    }
}
