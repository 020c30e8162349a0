//! The same small JSON document, over kept-alive connections.

use std::time::Duration;

use tempfile::TempDir;

use crate::{
    Failure, Programs,
    drive::{Sample, Target, drive},
    peers::{Forge, Gateway, Nginx, READER},
    session,
    table::{self, Row},
    upstream::Upstream,
};

/// Connections at a time: one caller, a busy team, a crowd.
const CONCURRENCY: [usize; 3] = [1, 16, 128];
/// Peers take turns, so that what else the machine does falls on both; the median round counts.
const ROUNDS: usize = 3;
/// Long enough for a few thousand requests.
const ROUND: Duration = Duration::from_secs(2);

pub(crate) async fn run(programs: &Programs) -> Result<(), Failure> {
    let files = TempDir::new()?;
    let upstream = Upstream::start().await?;
    let forge = Forge { address: upstream.address(), admin_token: "0".repeat(40) };
    let nginx = Nginx::start(&programs.nginx, files.path(), &forge)?;
    let gateway = Gateway::start(&programs.spanner, files.path(), &forge)?;
    let direct = Target { name: "nginx", address: nginx.ready().await?, authorization: None };
    let address = gateway.ready().await?;
    let token = session(&gateway, READER).await?.token().await?;
    let guarded = Target { name: "gateway", address, authorization: Some(token.authorization()) };

    println!("{}", table::HEAD);
    for connections in CONCURRENCY {
        println!("{}", compare(&direct, &guarded, connections).await?);
    }
    Ok(())
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
