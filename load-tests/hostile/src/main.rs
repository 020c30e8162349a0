//! Hostile input against a running gateway: `cargo xtask verify hostile`, or see the README beside it.
#![expect(clippy::print_stdout, reason = "what held and what did not is this program's product")]

use std::{
    error::Error,
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use gogs_spanner_hostile::{
    Class, Report, Stage, journal::Journal, run, stage::Records, stage::Scene, upstream::Upstream, words::Tokens,
};
use gogs_spanner_sdk::Session;
use gogs_spanner_testkit::Forge;

type Failure = Box<dyn Error + Send + Sync>;

/// Hostile input against a gateway, with a strict recording upstream behind it
#[derive(Parser)]
#[command(name = "hostile", after_help = "Example:\n  cargo build && cargo run -p gogs-spanner-hostile")]
struct Arguments {
    /// The program `spanner`: started with a configuration of its own, or asked for the journal of the one that runs
    #[arg(long, default_value = "target/debug/spanner")]
    spanner: PathBuf,
    /// Print one JSON object for each class
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

/// A gateway that runs already.
#[derive(Args)]
struct Running {
    /// The gateway, by its `public_url`
    #[arg(long)]
    gateway: String,
    /// Where it listens
    #[arg(long)]
    address: SocketAddr,
    /// The agent that plays the caller; it needs the rights the README lists
    #[arg(long)]
    agent: String,
    /// Its private key
    #[arg(long)]
    key_file: PathBuf,
    /// The gateway's configuration, to ask it for its journal
    #[arg(long)]
    config: PathBuf,
    /// What `hostile upstream --log` writes
    #[arg(long)]
    upstream_log: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Play against a gateway that runs already, with `hostile upstream` behind it
    Running(Running),
    /// Be the recording upstream of a gateway that runs elsewhere on this machine, until Ctrl-C
    Upstream {
        /// Where to listen: `[upstream] url` of the gateway
        #[arg(long)]
        listen: SocketAddr,
        /// Where to write down what arrives
        #[arg(long)]
        log: PathBuf,
        /// Where to write the administrator's token: `[upstream] admin_token` of the gateway
        #[arg(long)]
        admin_token_file: PathBuf,
    },
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let arguments = Arguments::parse();
    let report = match &arguments.command {
        Some(Command::Upstream { listen, log, admin_token_file }) => {
            upstream(*listen, log, admin_token_file).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::Running(running)) => run(&scene(running, &arguments.spanner).await?, &Class::ALL).await?,
        None => run(Stage::set(&arguments.spanner.canonicalize()?).await?.scene(), &Class::ALL).await?,
    };
    print(&report, arguments.json);
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(report: &Report, json: bool) {
    if json {
        report.json().iter().for_each(|line| println!("{line}"));
    } else {
        println!("{report}");
    }
}

async fn scene(running: &Running, spanner: &Path) -> Result<Scene, Failure> {
    let session = Session::builder().url(&running.gateway).agent(&running.agent).key_file(&running.key_file);
    let authorization = session.discover().await?.token().await?.authorization();
    let token = authorization.strip_prefix("Bearer ").ok_or("the gateway gave a token of another kind")?;
    Ok(Scene {
        gateway: running.address,
        tokens: Tokens::of(token),
        journal: Journal { spanner: spanner.to_owned(), config: running.config.clone() },
        records: Records::File(running.upstream_log.clone()),
    })
}

async fn upstream(listen: SocketAddr, log: &Path, admin_token_file: &Path) -> Result<(), Failure> {
    let forge = Forge::demonstration().await;
    for repository in ["acme/handbook", "acme/secret"] {
        forge.create_private_repository(repository).await;
    }
    fs::write(admin_token_file, forge.admin_token())?;
    let behind = forge.url().trim_start_matches("http://").parse().map_err(io::Error::other)?;
    let upstream = Upstream::start(listen, behind, forge.admin_token(), Some(log)).await?;
    println!("{} writes down what arrives, until Ctrl-C", upstream.url());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
