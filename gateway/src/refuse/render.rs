//! One refusal, three renderers: OAuth errors, problem documents, and git's own output.

use std::time::Duration;

use gogs_spanner_gitwire::{Service, advertisement_error, error_packet, refuse_push};
use http::{HeaderValue, Request, StatusCode, header};
use serde_json::json;

use super::{
    Audience, Refusal, Refused,
    challenge::{self, Sought, challenge},
};
use crate::{
    body::{self, Body, LFS_TYPE, Paced, Response},
    request::{Arrival, Door, RequestId},
};

/// How much of a refused push is read so that git gets to see why: cutting the connection loses the reason.
const DRAIN_BYTES: u64 = 1024 * 1024 * 1024;
/// How long, at most; and no more slowly than [`Paced`] has it.
const DRAIN_FOR: Duration = Duration::from_mins(10);
/// Where the LFS door is described.
const LFS_REFERENCE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/reference/lfs.md");

/// Findings shown of all refs of a push together, so that what to do next still fits behind them.
const FINDINGS_SHOWN: usize = 40;

/// A request, as far as its first line tells who will read a refusal, and what they were after.
#[derive(Debug)]
pub struct Asked {
    audience: Audience,
    sought: Sought,
}

impl Asked {
    /// Reads it off a request.
    pub fn by(request: &Request<Body>) -> Self {
        Self { audience: Audience::of_request(request), sought: Sought::by(request) }
    }
}

/// Somebody who was after nothing git is after.
impl From<Audience> for Asked {
    fn from(audience: Audience) -> Self {
        Self { audience, sought: Sought::default() }
    }
}

/// Answers a refused request in the form its caller reads.
pub async fn answer(refused: Refused, asked: Asked, arrival: &Arrival, public_url: &str) -> Response {
    let Refused { refusal, audience, decisions, .. } = refused;
    let audience = audience.map_or(asked.audience, |known| *known);
    if refusal.reason().status() == 401 {
        let answer = unauthorized(&refusal, &audience, arrival, &|door| challenge(door, public_url, &asked.sought));
        if let Audience::Push { rest, .. } | Audience::Doubt { rest } | Audience::Lfs { rest: Some(rest) } = audience {
            drain(rest).await;
        }
        return answer;
    }
    // What was decided, git is told in its own channel: of another status than 200 it shows the number alone.
    let decided = matches!(refusal.reason().status(), 403 | 429);
    match audience {
        Audience::Push { commands, rest } => {
            drain(rest).await;
            let of_refs = decisions.iter().filter_map(|(_, refusal)| refusal.as_ref()).flat_map(Refusal::findings);
            let of_all = refusal.findings().iter().filter(|_| decisions.is_empty());
            let message = text(&refusal, of_refs.chain(of_all), arrival.id);
            let refs: Vec<_> = decisions
                .into_iter()
                .filter_map(|(effect, refusal)| Some((effect.reference?, refusal?.on_one_line())))
                .collect();
            let everywhere =
                || commands.updates.iter().map(|update| (update.name.clone(), refusal.on_one_line())).collect();
            let refs = if refs.is_empty() { everywhere() } else { refs };
            git_result(Service::ReceivePack, body::full(refuse_push(&commands, &refs, &message)))
        }
        Audience::Advertisement(service) if decided => {
            let body = advertisement_error(service, &text(&refusal, refusal.findings(), arrival.id));
            respond(StatusCode::OK, &format!("application/x-{service}-advertisement"), body::full(body))
        }
        Audience::Call(service) if refusal.reason().status() < 500 => {
            git_result(service, body::full(error_packet(&text(&refusal, refusal.findings(), arrival.id))))
        }
        Audience::Doubt { rest } => {
            drain(rest).await;
            plain(&refusal, arrival.id)
        }
        Audience::Lfs { rest } => {
            if let Some(rest) = rest {
                drain(rest).await;
            }
            lfs(&refusal, arrival.id)
        }
        Audience::Git | Audience::Advertisement(_) | Audience::Call(_) => plain(&refusal, arrival.id),
        Audience::Api => problem(&refusal, arrival.id),
    }
}

/// A 200 of a Git service.
pub fn git_result(service: Service, body: Body) -> Response {
    respond(StatusCode::OK, &format!("application/x-{service}-result"), body)
}

/// For a person, in her browser.
pub fn page(refusal: &Refusal, id: RequestId) -> Response {
    let status = StatusCode::from_u16(refusal.reason().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    crate::own::refused_page(refusal, status, id)
}

/// RFC 6749 §5.2, with our reason and request id beside it.
pub fn oauth(refusal: &Refusal, id: RequestId) -> Response {
    let document = json!({
        "error": refusal.reason().oauth_error(),
        "error_description": refusal.why(),
        "reason": refusal.reason().code(),
        "hint": refusal.next_step(),
        "next": refusal.reason().next(),
        "retry": refusal.retry_after(),
        "request_id": id.to_string(),
    });
    let mut response = json_response(refusal, "application/json", &document);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// RFC 9457, and in `message` all of it as text: that member is what clients of Gogs's API show, or take for granted
/// (`internal/context/api.go`).
pub fn problem(refusal: &Refusal, id: RequestId) -> Response {
    let mut document = json!({
        "message": text(refusal, refusal.findings(), id).trim_end(),
        "type": format!("urn:gogs-spanner:reason:{}", refusal.reason().code()),
        "title": refusal.reason().meaning(),
        "status": refusal.reason().status(),
        "detail": refusal.why(),
        "reason": refusal.reason().code(),
        "hint": refusal.next_step(),
        "next": refusal.reason().next(),
        "retry": refusal.retry_after(),
        "request_id": id.to_string(),
    });
    if !refusal.findings().is_empty() {
        document["findings"] = json!(refusal.findings());
    }
    json_response(refusal, "application/problem+json", &document)
}

/// What git-lfs prints is `message`, so everything stands in it; the members behind it are for programs (git-lfs
/// `docs/api/batch.md`, "Response Errors").
fn lfs(refusal: &Refusal, id: RequestId) -> Response {
    let document = json!({
        "message": text(refusal, refusal.findings(), id).trim_end(),
        "documentation_url": LFS_REFERENCE,
        "request_id": id.to_string(),
        "reason": refusal.reason().code(),
        "hint": refusal.next_step(),
        "next": refusal.reason().next(),
        "retry": refusal.retry_after(),
    });
    json_response(refusal, LFS_TYPE, &document)
}

/// A bad or missing credential: the challenge, and text that git prints behind `remote: `.
fn unauthorized(
    refusal: &Refusal,
    audience: &Audience,
    arrival: &Arrival,
    challenge: &dyn Fn(Door) -> HeaderValue,
) -> Response {
    let (door, mut response) = match audience {
        Audience::Api => (Door::Rest, problem(refusal, arrival.id)),
        Audience::Lfs { .. } => (Door::Lfs, lfs(refusal, arrival.id)),
        _ => (Door::Git, plain(refusal, arrival.id)),
    };
    for name in challenge::headers(door) {
        response.headers_mut().insert(name, challenge(door));
    }
    response
}

fn plain(refusal: &Refusal, id: RequestId) -> Response {
    let mut response =
        respond(status(refusal), "text/plain; charset=utf-8", body::full(text(refusal, refusal.findings(), id)));
    retry_after(refusal, &mut response);
    response
}

/// What was refused, why, what was found (of a push: in all its refs), and what to do next.
fn text<'a>(refusal: &Refusal, findings: impl IntoIterator<Item = &'a String>, id: RequestId) -> String {
    let (code, why, next) = (refusal.reason().code(), refusal.why(), refusal.next_step());
    let shown = findings.into_iter().take(FINDINGS_SHOWN);
    let findings = shown.fold(String::new(), |text, finding| text + "  " + finding + "\n");
    format!("spanner: {why} ({code})\n{findings}hint: {next}\nrequest: {id}\n")
}

fn json_response(refusal: &Refusal, media_type: &'static str, document: &serde_json::Value) -> Response {
    let mut response = respond(status(refusal), media_type, body::full(document.to_string()));
    retry_after(refusal, &mut response);
    response
}

fn respond(status: StatusCode, media_type: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let media_type = HeaderValue::from_str(media_type).expect("a constant media type");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn status(refusal: &Refusal) -> StatusCode {
    StatusCode::from_u16(refusal.reason().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn retry_after(refusal: &Refusal, response: &mut Response) {
    if let Some(seconds) = refusal.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// Reads what is still being sent and throws it away, within bounds. Says how much it was.
pub async fn drain(rest: Body) -> u64 {
    let mut rest = Paced::new(rest);
    let mut total = 0;
    let bounded = async {
        while total < DRAIN_BYTES {
            let Ok(Some(bytes)) = body::next(&mut rest).await else { return };
            total += bytes.len() as u64;
        }
    };
    let _cut_short = tokio::time::timeout(DRAIN_FOR, bounded).await;
    total
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use bytes::Bytes;
    use futures::stream;
    use tokio::time::{Instant, sleep};

    use super::*;

    /// A mebibyte after each pause, without an end; how many were taken is counted.
    fn endless(taken: &'static AtomicU64, pause: Duration) -> Body {
        body::streaming(Box::pin(stream::unfold((), move |()| async move {
            sleep(pause).await;
            taken.fetch_add(1, Ordering::Relaxed);
            Some((Ok(Bytes::from(vec![0; 1 << 20])), ()))
        })))
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_thrown_away_is_bounded_in_bytes() {
        static TAKEN: AtomicU64 = AtomicU64::new(0);
        drain(endless(&TAKEN, Duration::from_millis(1))).await;
        assert_eq!(TAKEN.load(Ordering::Relaxed) << 20, DRAIN_BYTES);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_thrown_away_is_bounded_in_time() {
        static TAKEN: AtomicU64 = AtomicU64::new(0);
        let began = Instant::now();
        drain(endless(&TAKEN, Duration::from_secs(7))).await;
        assert_eq!(began.elapsed(), DRAIN_FOR);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_thrown_away_is_not_waited_for_when_it_comes_too_slowly() {
        static TAKEN: AtomicU64 = AtomicU64::new(0);
        let began = Instant::now();
        drain(endless(&TAKEN, Duration::from_mins(1))).await;
        assert_eq!(began.elapsed(), Duration::from_secs(10));
    }
}
