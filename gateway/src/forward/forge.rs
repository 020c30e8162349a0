//! The connection to the forge. What leaves is framed anew from parsed parts; nothing of the caller's head passes.

use std::{
    error::Error as _,
    time::{Duration, Instant},
};

use gogs_spanner_capability::Reason;
use http::{HeaderName, HeaderValue, Request, Uri, header, uri::PathAndQuery};
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use url::Url;

use super::{Journey, Unsent, leaving::leaving};
use crate::{
    body::{self, Body, Response},
    classify::Target,
    refuse::Refusal,
    telemetry::{Instruments, traceparent},
};

/// The forge is on this machine or next to it.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// How long the forge may think before its first byte, once it has taken all that it takes: a push answers when its hooks
/// have run.
const ANSWER_WITHIN: Duration = Duration::from_mins(10);
/// Gogs's heads stay under 4 KiB. It is also the most that is read of a body at once, so it is no smaller than that is good
/// for.
const LARGEST_ANSWER_HEAD: usize = 128 * 1024;
/// Gogs sends a dozen.
const MOST_ANSWER_HEADERS: usize = 64;
/// Connections kept for the next request.
const IDLE_CONNECTIONS: usize = 256;

/// The forge, as far as forwarding knows it.
#[derive(Debug, Clone)]
pub struct Forge {
    client: Client<HttpConnector, Body>,
    origin: Url,
    instruments: Instruments,
}

/// One request, in the only parts that leave the gateway.
pub(super) struct Outgoing<'a> {
    pub(super) journey: &'a Journey,
    pub(super) authorization: HeaderValue,
    pub(super) content_type: Option<HeaderValue>,
    pub(super) body: Body,
    pub(super) length: Option<u64>,
}

impl Forge {
    /// The forge at `origin`; its path, if any, goes before every target.
    pub fn new(origin: Url, instruments: Instruments) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_WITHIN));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .http1_max_buf_size(LARGEST_ANSWER_HEAD)
            .http1_max_headers(MOST_ANSWER_HEADERS)
            .build(connector);
        Self { client, origin, instruments }
    }

    pub(super) async fn send(&self, mut outgoing: Outgoing<'_>) -> Result<Response, Unsent> {
        let door = outgoing.journey.door;
        let (body, taken) = leaving(outgoing.body);
        outgoing.body = body;
        let request = self.request(outgoing).map_err(|error| Unsent::Never(unavailable(error)))?;
        let began = Instant::now();
        let answered = tokio::select! {
            answered = self.client.request(request) => Some(answered),
            () = taken.nothing_for(ANSWER_WITHIN) => None,
        };
        let status = answered.as_ref().and_then(|answer| answer.as_ref().ok()).map(|answer| answer.status().as_u16());
        self.instruments.upstream_duration(door, status, began.elapsed());
        match answered {
            // What is no answer yet was for the gateway's own ears, and nobody asked for another protocol.
            Some(Ok(response)) if response.status().is_informational() => {
                Err(Unsent::Perhaps(garbled(format!("its last word was {}", response.status()))))
            }
            Some(Ok(response)) => Ok(response.map(body::boxed)),
            Some(Err(error)) => Err(failed(&error)),
            None => Err(Unsent::Perhaps(unavailable("it took nothing and said nothing for ten minutes"))),
        }
    }

    fn request(&self, outgoing: Outgoing<'_>) -> Result<Request<Body>, http::Error> {
        let Outgoing { journey, authorization, content_type, body, length } = outgoing;
        let uri = self.uri(&journey.target)?;
        let mut request = Request::builder().method(journey.method.clone()).uri(uri).body(body)?;
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, authorization);
        headers
            .insert(header::USER_AGENT, HeaderValue::from_static(concat!("gogs-spanner/", env!("CARGO_PKG_VERSION"))));
        let length = length.map(HeaderValue::from);
        let trace = traceparent(journey.trace_id);
        let optional = [
            (header::ACCEPT, journey.accept.clone()),
            (header::CONTENT_TYPE, content_type),
            (header::CONTENT_LENGTH, length),
            (HeaderName::from_static("traceparent"), trace),
        ];
        headers.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        Ok(request)
    }

    fn uri(&self, target: &Target) -> Result<Uri, http::Error> {
        let base = self.origin.path().trim_end_matches('/');
        let path: PathAndQuery = format!("{base}{}", target.as_str()).try_into()?;
        let host = self.origin.host_str().unwrap_or_default();
        let authority = self.origin.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Uri::builder().scheme(self.origin.scheme()).authority(authority).path_and_query(path).build()
    }
}

/// Whose fault it was (RFC 9110 §15.6.3): the forge could not be reached, gave an answer that is none, or the caller's own
/// body did not come to its end.
fn failed(error: &Error) -> Unsent {
    if error.is_connect() {
        return Unsent::Never(unavailable(error));
    }
    let sources = std::iter::successors(error.source(), |&source| source.source());
    match sources.filter_map(|source| source.downcast_ref::<hyper::Error>()).last() {
        Some(error) if error.is_user() => Unsent::Perhaps(
            Refusal::new(Reason::RequestMalformed).because("the body broke off before its end").truly(error),
        ),
        Some(error) if error.is_parse() => Unsent::Perhaps(garbled(error)),
        _ => Unsent::Perhaps(unavailable(error)),
    }
}

/// What the forge said is no answer, or more of one than is listened to.
fn garbled(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(Reason::AnswerRefused).truly(error)
}

fn unavailable(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(Reason::UpstreamUnavailable).truly(error)
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, path::Path, sync::Arc};

    use opentelemetry::trace::TraceId;
    use tokio::{io::AsyncReadExt, net::TcpListener};

    use super::*;
    use crate::{
        authorize::policy::{CurrentPolicy, Policy},
        config::Config,
        request::Door,
    };

    const LEAST: &str = "[listen]\npublic_url = \"https://agents.example.com\"\n[upstream]\nurl = \"http://127.0.0.1:3000\"\n\
                         admin_token = { file = \"gogs-admin-token\" }\n";

    fn forge(listener: &TcpListener) -> Forge {
        let config = Config::parse(Path::new("spanner.toml"), LEAST).expect("a configuration");
        let policy = Policy::compile(&config).expect("a policy");
        let address = listener.local_addr().expect("an address");
        let origin = format!("http://{address}").parse().expect("a url");
        Forge::new(origin, Instruments::new(Arc::new(CurrentPolicy::new(policy))))
    }

    async fn ask(forge: Forge) -> Result<(), Unsent> {
        bring(forge, body::empty()).await
    }

    async fn bring(forge: Forge, body: Body) -> Result<(), Unsent> {
        let target = Target::new().segment("api");
        let journey =
            Journey { method: http::Method::POST, target, accept: None, door: Door::Rest, trace_id: TraceId::from(7) };
        let authorization = HeaderValue::from_static("token x");
        let outgoing = Outgoing { journey: &journey, authorization, content_type: None, body, length: None };
        forge.send(outgoing).await.map(drop)
    }

    #[tokio::test]
    async fn a_forge_that_never_answers_is_not_waited_for_for_ever() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let asked = tokio::spawn(ask(forge(&listener)));
        let (mut near, _) = listener.accept().await.expect("it connects");
        near.read_exact(&mut [0; 1]).await.expect("it asks");
        // From here on there is nothing to do but to wait, and the clock runs to the end of that.
        tokio::time::pause();
        let began = tokio::time::Instant::now();
        let Err(Unsent::Perhaps(refusal)) = asked.await.expect("no panic") else { panic!("it was answered") };
        assert_eq!(refusal.reason(), Reason::UpstreamUnavailable);
        assert!(began.elapsed() + CONNECT_WITHIN >= ANSWER_WITHIN, "it waited {:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_forge_thinks_only_once_it_has_all_of_a_body_that_takes_its_time() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let pieces = futures::stream::unfold(0, |sent| async move {
            tokio::time::sleep(ANSWER_WITHIN / 5).await;
            (sent < 9).then(|| (Ok(bytes::Bytes::from_static(b"piece")), sent + 1))
        });
        let brought = tokio::spawn(bring(forge(&listener), body::streaming(Box::pin(pieces))));
        let (mut near, _) = listener.accept().await.expect("it connects");
        let mut came = vec![0];
        near.read_exact(&mut came).await.expect("it asks");
        tokio::time::pause();
        let began = tokio::time::Instant::now();
        while !came.ends_with(b"\r\n0\r\n\r\n") {
            assert_ne!(near.read_buf(&mut came).await.expect("it is still sending"), 0, "it gave up");
        }
        let Err(Unsent::Perhaps(refusal)) = brought.await.expect("no panic") else { panic!("it was answered") };
        assert_eq!(refusal.reason(), Reason::UpstreamUnavailable);
        assert!(began.elapsed() + CONNECT_WITHIN >= ANSWER_WITHIN * 3, "it waited {:?}", began.elapsed());
    }
}
