//! `cargo xtask test` is the gate; `cargo xtask verify` holds what is too long, or needs too much, for it.
//!
//! The gate runs every step even after one has failed, so that one run tells everything, and ends with one line:
//! `N passed, N failed, N skipped`.
#![expect(clippy::print_stdout, reason = "what a step says is this program's product")]

mod clients;
mod dependencies;
mod fuzz;
mod gate;
mod keycloak;
mod licences;
mod manifests;
mod sdk;
mod setup;
mod step;
mod tally;
mod targets;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::verify::Check;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The checks of this repository")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The gate: format, lints, documentation, dependencies, every test
    Test,
    /// What the tests need besides Rust, for running some of them with cargo alone
    Setup,
    /// The checks the gate leaves out: one by name, or all of them
    Verify {
        /// Which one
        name: Option<Check>,
    },
}

fn main() -> ExitCode {
    let held = match Arguments::parse().command {
        Command::Test => gate::run(),
        Command::Setup => step::take("set up", setup::run),
        Command::Verify { name } => verify::run(name),
    };
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
