//! `spanner`, the command.

use std::process::ExitCode;

use clap::Parser;
use gogs_spanner::cli::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(Cli::parse()).await
}
