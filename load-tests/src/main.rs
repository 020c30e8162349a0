//! How fast the gateway is beside a plain proxy, on this machine, in this run: only the ratio counts.
//!
//! All peers stand before the same upstream, on loopback, and take turns. Everything is bounded and stops by itself.
#![expect(clippy::print_stdout, reason = "the table is this program's product")]

mod api;
mod drive;
mod git;
mod key;
mod machine;
mod peers;
mod process;
mod table;
mod upstream;

use std::{error::Error, path::PathBuf};

use clap::{Parser, Subcommand};
use gogs_spanner_sdk::Session;

use crate::peers::Gateway;

/// Any of it ends the run.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// How fast the gateway is beside a plain proxy
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    scenario: Scenario,
    #[command(flatten)]
    programs: Programs,
}

#[derive(Subcommand)]
enum Scenario {
    /// Small reads of the API, from one caller to a crowd
    Api,
    /// A large clone and a large push by git, and what looking into the push costs
    Git {
        /// How large, in MiB
        #[arg(long, default_value_t = 1024)]
        size: u64,
    },
}

/// What is compared.
#[derive(clap::Args)]
pub(crate) struct Programs {
    /// The gateway, built for speed: `cargo build --profile dist`
    #[arg(long, global = true, default_value = "target/dist/spanner")]
    spanner: PathBuf,
    /// From Debian's nginx-light
    #[arg(long, global = true, default_value = "nginx")]
    nginx: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let Arguments { scenario, programs } = Arguments::parse();
    println!("{}", machine::describe()?);
    match scenario {
        Scenario::Api => api::run(&programs).await,
        Scenario::Git { size } => git::run(&programs, size).await,
    }
}

/// What one of the gateway's agents acts with. Whatever uses it for longer than a token lives asks again.
async fn session(gateway: &Gateway, agent: &str) -> Result<Session, Failure> {
    let session = Session::builder().url(gateway.url()).agent(agent).key_file(gateway.key_file(agent));
    Ok(session.discover().await?)
}
