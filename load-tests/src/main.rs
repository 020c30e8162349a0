//! How fast the gateway is beside nginx, on this machine, in this run: only the ratio counts.
//!
//! Both stand before the same upstream, on loopback, and are asked for the same small JSON document over kept-alive
//! connections, in turns. Everything is bounded and stops by itself.
#![expect(clippy::print_stdout, reason = "the table is this program's product")]

mod drive;
mod key;
mod machine;
mod peers;
mod table;
mod upstream;

use std::{error::Error, path::PathBuf, time::Duration};

use clap::Parser;
use gogs_spanner_sdk::Session;
use tempfile::TempDir;

use crate::{
    drive::{Sample, Target, drive},
    peers::{Gateway, Nginx},
    table::Row,
    upstream::Upstream,
};

/// Connections at a time: one caller, a busy team, a crowd.
const CONCURRENCY: [usize; 3] = [1, 16, 128];
/// Peers take turns, so that what else the machine does falls on both; the median round counts.
const ROUNDS: usize = 3;
/// Long enough for a few thousand requests.
const ROUND: Duration = Duration::from_secs(2);

/// Any of it ends the run.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// How fast the gateway is beside nginx
#[derive(Parser)]
struct Arguments {
    /// The gateway, built for speed: `cargo build --profile dist`
    #[arg(long, default_value = "target/dist/spanner")]
    spanner: PathBuf,
    /// From Debian's nginx-light
    #[arg(long, default_value = "nginx")]
    nginx: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let files = TempDir::new()?;
    let upstream = Upstream::start().await?;
    let nginx = Nginx::start(&arguments.nginx, files.path(), upstream.address())?;
    let gateway = Gateway::start(&arguments.spanner, files.path(), upstream.address())?;
    let direct = Target { name: "nginx", address: nginx.ready().await?, authorization: None };
    let guarded =
        Target { name: "gateway", address: gateway.ready().await?, authorization: Some(token(&gateway).await?) };

    println!("{}", machine::describe()?);
    println!("{}", table::HEAD);
    for connections in CONCURRENCY {
        println!("{}", compare(&direct, &guarded, connections).await?);
    }
    Ok(())
}

/// The token of the gateway's one agent. The requests after it are made with the same one.
async fn token(gateway: &Gateway) -> Result<String, Failure> {
    let session = Session::builder().url(gateway.url()).agent(peers::AGENT).key_file(gateway.key_file());
    Ok(session.discover().await?.token().await?.authorization())
}

async fn compare(direct: &Target, guarded: &Target, connections: usize) -> Result<Row, Failure> {
    let (mut fast, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        fast.push(drive(direct, connections, ROUND).await?);
        ours.push(drive(guarded, connections, ROUND).await?);
    }
    Ok(Row { connections, nginx: median(fast), gateway: median(ours) })
}

fn median(mut samples: Vec<Sample>) -> Sample {
    samples.sort_by_key(|sample| sample.requests);
    samples.swap_remove(samples.len() / 2)
}
