//! `spanner`, on a machine that has no gateway.

use std::process::ExitCode;

use clap::Parser;
use gogs_spanner_cli::Command;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    Command::parse().run().await
}
