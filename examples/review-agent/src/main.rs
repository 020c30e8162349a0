//! `review-agent OWNER/REPOSITORY ISSUE` at the gateway of the environment; without arguments at a demonstration.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it says is this program's product")]

use std::{env, error::Error, process::ExitCode};

use demonstration::Demonstration;
use gogs_spanner_sdk::Session;
use review_agent::{Task, review};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(env::args().skip(1).collect()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Vec<String>) -> Result<(), Box<dyn Error>> {
    let (_demonstration, session, task) = match &arguments[..] {
        [] => {
            let demonstration = Demonstration::start()?;
            let repository = demonstration.repositories().first().ok_or("the demonstration has no repository")?;
            let task = Task { repository: repository.clone(), issue: 1 };
            let session = demonstration.session().discover().await?;
            (Some(demonstration), session, task)
        }
        [repository, issue] => {
            (None, Session::discover().await?, Task { repository: repository.clone(), issue: issue.parse()? })
        }
        _ => return Err("usage: review-agent [OWNER/REPOSITORY ISSUE]".into()),
    };
    review(&session, &task, |line| println!("{line}")).await?;
    Ok(())
}
