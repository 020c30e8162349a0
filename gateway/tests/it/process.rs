//! The program itself: started, told to stop, and with a telemetry collector that never answers.

use std::{
    net::Ipv4Addr,
    path::Path,
    time::{Duration, Instant},
};

use gogs_spanner_testkit::{Caller, Forge, Process, Setting, Workspace};
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
