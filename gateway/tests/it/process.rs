//! The program itself: started, told to stop, and with a telemetry collector that never answers.

use std::{
    io::Write,
    net::Ipv4Addr,
    path::Path,
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use futures::future::join_all;
use gogs_spanner_testkit::{Caller, Forge, Process, Setting, Workspace};
use reqwest::{
    Method,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use tokio::net::TcpListener;

const PATH: &str = "/api/v1/repos/acme/handbook";

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_spanner"))
}

#[tokio::test]
async fn serve_drains_on_sigterm_and_ends_with_zero() {
    let forge = Forge::demonstration().await;
    let spanner = Process::start(binary(), &forge, Setting::usual()).await.expect("it starts");
    let docs = spanner.agent("docs-writer").await;
    Workspace::new().list(&docs.remote("acme/handbook")).await.succeeds();
    assert_eq!(spanner.terminate().await.expect("it ends").code(), Some(0));
}

#[tokio::test]
async fn a_collector_that_never_answers_slows_nothing_and_refuses_nothing() {
    let forge = Forge::demonstration().await;
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let endpoint = silent.local_addr().expect("an address");
    let setting = Setting::usual().and(&format!("[telemetry]\notlp_endpoint = \"http://{endpoint}\"\n"));
    let spanner = Process::start(binary(), &forge, setting).await.expect("it starts");
    let docs = spanner.agent("docs-writer").await;
    docs.get(PATH).await.is(200);
    let began = Instant::now();
    for _ in 0..50 {
        docs.get(PATH).await.is(200);
    }
    assert!(began.elapsed() < Duration::from_secs(5), "fifty reads took {:?}", began.elapsed());
    assert_eq!(spanner.terminate().await.expect("it ends").code(), Some(0));
}

/// What the process may grow by while it refuses them: a hundred connections, with the megabyte each may hold.
const GROWTH: u64 = 128 << 20;

#[tokio::test]
async fn a_hundred_bombs_at_once_are_refused_in_the_memory_a_hundred_connections_may_have() {
    let forge = Forge::demonstration().await;
    let spanner = Process::start(binary(), &forge, Setting::usual()).await.expect("it starts");
    let docs = spanner.agent("docs-writer").await;
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![0; 64 << 20]).expect("a vector takes everything");
    let bomb = bomb.finish().expect("a vector takes everything");
    docs.get(PATH).await.is(200);
    let before = spanner.peak_memory().expect("a peak");
    let refused = join_all((0..100).map(|_| async {
        let fetch = docs.request(Method::POST, "/acme/handbook.git/git-upload-pack");
        let fetch = fetch.header(CONTENT_TYPE, "application/x-git-upload-pack-request");
        let answer = fetch.header(CONTENT_ENCODING, "gzip").body(bomb.clone()).send().await.expect("an answer");
        answer.text().await.expect("a text")
    }));
    for said in refused.await {
        assert!(said.contains("(too-large)"), "{said}");
    }
    let grown = spanner.peak_memory().expect("a peak") - before;
    assert!(grown < GROWTH, "it grew by {grown} bytes");
}
