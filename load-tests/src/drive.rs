//! So many connections, each asking again as soon as it is answered.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

use crate::{Failure, upstream::DOCUMENT};

/// Who is asked.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) authorization: Option<String>,
}

/// What one round measured.
pub(crate) struct Sample {
    pub(crate) requests: usize,
    pub(crate) per_second: f64,
    pub(crate) median: Duration,
}

/// Asks for `round`, over `connections` kept-alive connections. Any answer but 200 ends the run.
pub(crate) async fn drive(target: &Target, connections: usize, round: Duration) -> Result<Sample, Failure> {
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..connections {
        callers.spawn(call(target.clone(), began + round));
    }
    let mut times = Vec::new();
    while let Some(caller) = callers.join_next().await {
        times.extend(caller??);
    }
    let elapsed = began.elapsed().as_secs_f64();
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().ok_or("no request was answered")?;
    let requests = times.len();
    #[expect(clippy::cast_precision_loss, reason = "a few thousand requests")]
    Ok(Sample { requests, per_second: requests as f64 / elapsed, median })
}

async fn call(target: Target, end: Instant) -> Result<Vec<Duration>, Failure> {
    let stream = TcpStream::connect(target.address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let mut times = Vec::new();
    while Instant::now() < end {
        let asked = Instant::now();
        let response = sender.send_request(request(&target)?).await?;
        if !response.status().is_success() {
            return Err(format!("{} answered {}", target.name, response.status()).into());
        }
        response.into_body().collect().await?;
        times.push(asked.elapsed());
    }
    connection.abort();
    Ok(times)
}

fn request(target: &Target) -> Result<Request<Empty<Bytes>>, Failure> {
    let request = Request::get(DOCUMENT).header("host", target.address.to_string());
    let request = match &target.authorization {
        Some(authorization) => request.header("authorization", authorization),
        None => request,
    };
    Ok(request.body(Empty::new())?)
}
