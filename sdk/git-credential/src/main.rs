//! `git-credential-spanner`: git's helper for Gogs Spanner gateways (gitcredentials(7)).
//!
//! git asks for a credential; if somebody said that a gateway is where git is talking to, the proof at hand is exchanged
//! there for a token, which is narrowed to the repository and the action and lives five minutes. Nothing is kept: each
//! command of git gets a token of its own. Nobody is asked anything.
//!
//! The audience of a proof is the origin git is talking to, never something read from an answer.

mod answer;
mod challenge;
mod complaint;
mod errand;
mod helper;
mod named;
mod question;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;

use crate::{helper::Arguments, question::Question};

/// Lets git act at a Gogs Spanner gateway, with a narrow token for each command.
///
/// The proof of who is asking is looked for in the arguments, in `GOGS_SPANNER_AGENT`, `GOGS_SPANNER_KEY_FILE` and
/// `GOGS_SPANNER_ASSERTION_FILE` if `GOGS_SPANNER_URL` is the gateway git is talking to, and else with the platform: GitHub
/// Actions, or the file that Kubernetes or SPIFFE keeps fresh.
#[derive(Debug, Parser)]
#[command(
    name = "git-credential-spanner",
    version,
    after_help = "Example:\n  git config --global credential.https://agents.example.com.helper spanner\n  \
                  git config --global credential.https://agents.example.com.helper \\\n    \
                  'spanner --url https://agents.example.com --agent ci-web --key-file ~/ci-web.key'"
)]
struct Helper {
    #[command(flatten)]
    arguments: Arguments,
    /// What git asks for: `get`, or `capability`. Whatever else git says is heard and needs nothing done.
    operation: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Helper { arguments, operation } = Helper::parse();
    let said = match operation.as_str() {
        "get" => get(arguments).await,
        "capability" => say(answer::CAPABILITIES),
        // Nothing is kept, so there is nothing to store or to erase.
        _ => io::copy(&mut io::stdin().lock(), &mut io::sink()).map(drop),
    };
    if said.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn get(arguments: Arguments) -> io::Result<()> {
    let question = Question::read(io::stdin().lock())?;
    match arguments.answer(question).await {
        Ok(Some(answer)) => say(&answer.to_string()),
        Ok(None) => Ok(()),
        Err(complaint) => {
            writeln!(io::stderr(), "{complaint}")?;
            say(answer::QUIT)
        }
    }
}

/// To git.
fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
