//! `delegation OWNER/ONE OWNER/OTHER` at the gateway of the environment; without arguments at a demonstration.
//!
//! The workers are processes of their own. A token goes to them on their standard input: no command line shows it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it says is this program's product")]

use std::{
    env,
    error::Error,
    io::{self, Read as _, Write as _},
    process::{Command, ExitCode, Stdio},
};

use delegation::{Errand, equip, plan, stray, work};
use demonstration::Demonstration;
use gogs_spanner_sdk::{Origin, Session};

/// Tells a process that it is a worker.
const WORKER: &str = "worker";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match &arguments[..] {
        [role, gateway, own, others @ ..] if role == WORKER => be_worker(gateway, own, others).await,
        repositories => be_planner(repositories).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn be_planner(repositories: &[String]) -> Result<(), Box<dyn Error>> {
    let (_demonstration, session, repositories) = match repositories {
        [] => {
            let demonstration = Demonstration::start()?;
            let (session, repositories) = (demonstration.session().discover().await?, demonstration.repositories());
            let repositories = repositories.to_vec();
            (Some(demonstration), session, repositories)
        }
        [_, _] => (None, Session::discover().await?, repositories.to_vec()),
        _ => return Err("usage: delegation [OWNER/ONE OWNER/OTHER]".into()),
    };
    let [one, other] = &plan(&session.token().await?, &repositories)?[..] else {
        return Err("two repositories".into());
    };
    println!("the planner narrows its token twice, and asks nobody");
    send(one, session.origin(), None)?;
    send(other, session.origin(), Some(&one.repository))?;
    Ok(())
}

/// Starts a worker, hands it its token, and waits for it. It inherits nothing: the planner's own proof is in the
/// environment.
#[expect(clippy::disallowed_methods, reason = "a worker is a process")]
fn send(errand: &Errand, gateway: &Origin, strays_to: Option<&String>) -> Result<(), Box<dyn Error>> {
    let mut worker = Command::new(env::current_exe()?);
    worker.args([WORKER, &gateway.to_string(), &errand.repository]).args(strays_to).env_clear().stdin(Stdio::piped());
    let mut worker = worker.spawn()?;
    worker.stdin.take().ok_or("a worker without a standard input")?.write_all(errand.token.expose().as_bytes())?;
    let ended = worker.wait()?;
    if ended.success() { Ok(()) } else { Err(format!("{} ended with {ended}", errand.worker).into()) }
}

async fn be_worker(gateway: &str, own: &str, others: &[String]) -> Result<(), Box<dyn Error>> {
    let mut handed = String::new();
    io::stdin().read_to_string(&mut handed)?;
    let client = equip(gateway.parse()?, &handed)?;
    let found = work(&client, own).await?;
    println!("a worker reads {}, whose default branch is {}", found.repository, found.default_branch);
    for other in others {
        let refused = stray(&client, other).await?;
        println!("it tries {other}: {} ({})", refused.why, refused.reason);
        println!("hint: {}", refused.hint.unwrap_or_default());
    }
    Ok(())
}
