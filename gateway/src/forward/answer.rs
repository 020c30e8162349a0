//! What the forge answered, made fit for an automation, and what came of the request, written down at its end.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use gogs_spanner_capability::RefName;
use gogs_spanner_gitwire::{Report, ReportReader};
use http::{HeaderMap, HeaderName, StatusCode, header};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;

use crate::{
    body::{Body, Fault, Response},
    examine::{Examined, Payload},
    journal::Intent,
};

/// The forge's headers that mean something to an automation. Cookies, challenges, redirects and identity stay behind.
const PASSED: [HeaderName; 9] = [
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CACHE_CONTROL,
    header::EXPIRES,
    header::PRAGMA,
    header::LAST_MODIFIED,
    header::ETAG,
    header::LINK,
    header::DATE,
];

/// How the outcome of a request can be told from its answer.
#[derive(Debug)]
pub(super) enum Ending {
    /// By the status.
    Status,
    /// By the report of receive-pack, ref by ref; what is on none is done where any of them is.
    Report(ReportReader, Vec<Option<RefName>>),
}

impl Ending {
    pub(super) fn of(request: &Examined) -> Self {
        let Payload::Push { commands, .. } = &request.payload else { return Self::Status };
        let names = request.effects.iter().map(|effect| effect.reference.clone()).collect();
        Self::Report(ReportReader::new(&commands.capabilities), names)
    }

    /// One result per effect, or none where the answer does not tell.
    fn results(self, status: StatusCode) -> Option<Vec<String>> {
        match self {
            Self::Report(reader, names) if status.is_success() => {
                let report = reader.finish()?;
                let is_any_done = names.iter().flatten().any(|name| report.of(name) == Some(&Ok(())));
                let beside = if is_any_done { "ok" } else { "not done" };
                let result = |name: &Option<RefName>| {
                    name.as_ref().map_or_else(|| beside.to_owned(), |name| line(&report, name))
                };
                Some(names.iter().map(result).collect())
            }
            _ => Some(vec![status.as_u16().to_string()]),
        }
    }
}

/// The line of the report on one ref.
fn line(report: &Report, name: &RefName) -> String {
    match (&report.unpack, report.of(name)) {
        (Err(error), _) => format!("unpack {error}"),
        (Ok(()), Some(Ok(()))) => "ok".to_owned(),
        (Ok(()), Some(Err(error))) => format!("ng {error}"),
        (Ok(()), None) => "not reported".to_owned(),
    }
}

/// Prepares the answer; its end concludes the intent.
pub(super) fn hand_back(response: Response, ending: Ending, intent: Intent) -> Response {
    let (head, body) = response.into_parts();
    let concluding = Concluding { body, status: head.status, pending: Some((ending, intent)) };
    Response::from_parts(head, concluding.boxed_unsync())
}

/// Leaves behind what is not for automations.
pub(super) fn passed(mut response: Response) -> Response {
    let headers = response.headers();
    let pass = |name: &HeaderName| headers.get(name).map(|value| (name.clone(), value.clone()));
    let mut kept: HeaderMap = PASSED.iter().filter_map(pass).collect();
    kept.insert(header::X_CONTENT_TYPE_OPTIONS, http::HeaderValue::from_static("nosniff"));
    *response.headers_mut() = kept;
    response
}

/// A body that knows what its end means.
struct Concluding {
    body: Body,
    status: StatusCode,
    pending: Option<(Ending, Intent)>,
}

impl Concluding {
    /// Writes the outcome down. A push whose report did not come through stays without one: it is *unknown*.
    fn conclude(&mut self) {
        if let Some((ending, intent)) = self.pending.take()
            && let Some(results) = ending.results(self.status)
        {
            intent.conclude(&results);
        }
    }
}

impl http_body::Body for Concluding {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some((Ending::Report(reader, _), _)), Some(bytes)) = (&mut self.pending, frame.data_ref()) {
                    reader.feed(bytes);
                }
            }
            Poll::Ready(Some(Err(_))) => self.pending = None,
            Poll::Ready(None) => self.conclude(),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Concluding {
    fn drop(&mut self) {
        self.conclude();
    }
}
