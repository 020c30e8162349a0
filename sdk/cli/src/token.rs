//! `spanner token …`

mod attenuate;
mod get;
mod inspect;

use std::io::{self, Read};

use clap::Subcommand;
use gogs_spanner_capability::token::TokenText;
use zeroize::Zeroizing;

use crate::{Failure, Output};

/// More than any token's text; what is longer is something else.
const INPUT_MAX: u64 = 16 * 1024;

/// Get, read and narrow tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Get a token for the proof at hand, and print it.
    Get(Box<get::Get>),
    /// Show what a token says of itself. Reads it from standard input; works offline; verifies nothing.
    #[command(after_help = "Example:\n  spanner token get | spanner token inspect")]
    Inspect,
    /// Make a token that can do less. Reads it from standard input; works offline.
    Attenuate(Box<attenuate::Attenuate>),
}

impl Token {
    /// Does it.
    pub async fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::Get(get) => get.run(output).await,
            Self::Inspect => inspect::run(output),
            Self::Attenuate(attenuate) => attenuate.run(output),
        }
    }
}

/// The token on standard input: a command line would show it to every process of the machine.
pub fn read_token() -> Result<TokenText, Failure> {
    let mut text = Zeroizing::new(String::new());
    io::stdin()
        .take(INPUT_MAX)
        .read_to_string(&mut text)
        .map_err(|_| Failure::usage("standard input is not a token", "pipe the token in, `… < token`"))?;
    TokenText::parse(text.trim())
        .map_err(|error| Failure::usage(error, "it begins with gsp_; send it complete and unchanged"))
}
