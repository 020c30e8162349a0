//! git's question before a large push (`0000`, RPC of git 2.46–2.53 without credentials): answered the same for every
//! repository, by the gateway itself, and never forwarded.

use gogs_spanner_capability::Reason;
use gogs_spanner_gitwire::Service;
use http_body_util::{BodyExt, Limited};

use crate::{
    body::{self, Body, Response},
    refuse::{Refusal, Refused, git_result},
};

/// A flush packet, and nothing else.
const PROBE: &[u8] = b"0000";

/// Answers the probe.
pub(crate) async fn answer(service: Service, question: Body) -> Result<Response, Refused> {
    let question = Limited::new(question, PROBE.len()).collect().await.map(http_body_util::Collected::to_bytes);
    match question {
        Ok(bytes) if bytes == PROBE => Ok(git_result(service, body::empty())),
        _ => Err(Refusal::new(Reason::RequestMalformed).because("a body of four bytes can only be `0000`").into()),
    }
}
