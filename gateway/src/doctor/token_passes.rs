//! Does the largest token get through, and its answer back?

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use gogs_spanner_capability::token::{PREFIX, TOKEN_MAX};
use http::{HeaderValue, header};

use super::{Case, Check, Severity, Told, found, unasked};
use crate::{
    client,
    own::passage::{self, PASSAGE},
};

pub(super) const CHECK: Check = Check {
    id: "token-passes",
    asks: "Does a token of full size come through `public_url` as it was sent?",
    severity: Severity::Wrong,
    mend: "let the proxy take headers of 16 KiB and pass `Authorization` on: nginx `large_client_header_buffers 4 16k;`, HAProxy \
           `tune.bufsize 32768`",
    ask: |case| Box::pin(ask(case)),
};

/// What the checksum adds to the bytes of a token.
const CHECKSUM: usize = 4;
const ANSWER_AT_MOST: usize = 1024;

async fn ask(case: &Case) -> Told {
    let credential = full_size().ok_or_else(|| unasked("the system gives no random numbers"))?;
    let (sent, length) = (passage::digest([&credential]), credential.len());
    let url = case.public(PASSAGE);
    let request = case.client.get(&url).header(header::AUTHORIZATION, credential);
    let answer = request.send().await.map_err(|_| unasked("nothing answers at the public url"))?;
    let status = answer.status();
    let body = client::read(answer, ANSWER_AT_MOST).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    if !status.is_success() {
        return found(format!("{url} answered {status} to a header of {length} bytes"));
    }
    if text.lines().next() == Some(&sent) { Ok(()) } else { found("it arrived changed, cut or not at all") }
}

/// A credential as long as the longest, as git sends it; it opens nothing.
fn full_size() -> Option<HeaderValue> {
    let mut bytes = vec![0; TOKEN_MAX + CHECKSUM];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    let token = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
    HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(format!("spanner:{token}")))).ok()
}
