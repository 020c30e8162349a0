//! Do large pushes get through? A large body is announced, and not sent: whoever limits bodies says so at once, the gateway
//! answers that it takes no such body there, and whoever keeps bodies back waits for it.

use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::{StatusCode, header};
use reqwest::Body;

use super::{Case, Check, Ill, Severity, Told, found, unasked};
use crate::own::TOKEN;

pub(super) const LIMITED: Check = Check {
    id: "bodies-pass",
    asks: "Does a body of a gibibyte pass through `public_url`? A push or an LFS object can be as large.",
    severity: Severity::Wrong,
    mend: "let the proxy limit no bodies, the gateway does: nginx `client_max_body_size 0;`",
    ask: |case| Box::pin(limited(case)),
};

pub(super) const KEPT_BACK: Check = Check {
    id: "bodies-flow",
    asks: "Does a body pass through `public_url` while it is sent? Where a proxy keeps it back, a push is slow and fills its disk.",
    severity: Severity::Warning,
    mend: "let the proxy pass bodies on at once: nginx `proxy_request_buffering off;`",
    ask: |case| Box::pin(kept_back(case)),
};

/// What is announced.
const LENGTH: u64 = 1 << 30;
/// How long an answer to the head alone may take.
const PATIENCE: Duration = Duration::from_secs(3);

async fn limited(case: &Case) -> Told {
    match announced(case).await? {
        Some(StatusCode::PAYLOAD_TOO_LARGE) => found(format!("a body of {LENGTH} bytes was refused with 413")),
        _ => Ok(()),
    }
}

async fn kept_back(case: &Case) -> Told {
    match announced(case).await? {
        None => found("a request was not passed on as long as its body was not there"),
        Some(_) => Ok(()),
    }
}

/// The answer to the head of a large request, if there is one.
async fn announced(case: &Case) -> Result<Option<StatusCode>, Ill> {
    let body = Body::wrap_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let request = case.client.post(case.public(TOKEN)).header(header::CONTENT_LENGTH, LENGTH);
    let request = request.header(header::CONTENT_TYPE, "application/octet-stream").body(body);
    match tokio::time::timeout(PATIENCE, request.send()).await {
        Err(_) => Ok(None),
        Ok(Ok(answer)) => Ok(Some(answer.status())),
        Ok(Err(_)) => Err(unasked("nothing answers at the public url")),
    }
}
