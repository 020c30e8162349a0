//! The verbs together, and a command that has no others.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{Failure, Login, Logout, Output, Token};

/// What an agent's own machine needs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Get, read and narrow tokens.
    #[command(subcommand)]
    Token(Token),
    /// Sign in, so that agents on this machine may act for you.
    Login(Login),
    /// End your sign-in.
    Logout(Logout),
}

/// What of `spanner` an agent's own machine needs.
#[derive(Debug, Parser)]
#[command(
    name = "spanner",
    version,
    after_help = "Example:\n  spanner token get --repository acme/web --action contents:read --lifetime 5m"
)]
pub struct Command {
    /// Print JSON, for programs.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

impl Verb {
    /// Does it.
    pub async fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Token(token) => token.run(output).await,
            Self::Login(login) => login.run(output).await,
            Self::Logout(logout) => logout.run(output).await,
        }
    }
}

impl Command {
    /// Runs it: 0 done, 1 refused or failed, 2 bad usage.
    pub async fn run(self) -> ExitCode {
        let output = Output::new(self.json);
        match self.verb.run(output).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => output.fail(&failure),
        }
    }
}
