//! The command line. A command that acts on a running gateway does so through `operate.socket`; none opens the store.

mod agent;
mod audit;
mod config;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod file;
mod gateway;
mod init;
mod keys;
mod person;
mod policy;
mod repository;
mod revoke;
mod serve;

#[cfg(test)]
mod tests;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
pub use gogs_spanner_cli::Failure;
use gogs_spanner_cli::{Output, Place, Verb};

#[cfg(feature = "demo")]
pub(crate) use self::agent::NewKey;
use self::gateway::Gateway;
use crate::config::{Config, ConfigError, spelling::Spelling};

/// The access layer that agents, bots and pipelines need in front of a self-hosted Gogs.
#[derive(Debug, Parser)]
#[command(
    name = "spanner",
    version,
    after_help = "Examples:\n  spanner demo --once\n  spanner init --gogs http://127.0.0.1:3000 --public-url https://agents.example.com\n  \
                  spanner serve --config /etc/spanner/spanner.toml"
)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of every command")]
struct Common {
    /// The configuration.
    #[arg(long, short, global = true, value_name = "FILE", default_value = "spanner.toml")]
    config: PathBuf,
    /// The running gateway's socket, instead of the one the configuration names.
    #[arg(long, global = true, value_name = "FILE")]
    socket: Option<PathBuf>,
    /// Print JSON, for programs.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the main job, step by step, with stand-ins for your forge and your identity provider.
    #[cfg(feature = "demo")]
    Demo(demo::Demo),
    /// Look at your Gogs, and write the configuration of a gateway beside it.
    Init(init::Init),
    /// Serve until told to stop (SIGTERM); then let what is under way finish.
    #[command(after_help = "Example:\n  spanner serve --config /etc/spanner/spanner.toml")]
    Serve,
    /// Find what is wrong with a gateway and the Gogs behind it, and say how to mend it.
    Doctor(doctor::Doctor),
    // What an agent's own machine needs, too.
    #[command(flatten)]
    Verb(Verb),
    /// Register agents and see those there are.
    #[command(subcommand)]
    Agent(agent::Agent),
    /// See the people who lend to agents, and lock them.
    #[command(subcommand)]
    Person(person::Person),
    /// Check policy and ask it questions.
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Take back what was given.
    #[command(subcommand)]
    Revoke(revoke::Revoke),
    /// Say which repository is meant by a name.
    #[command(subcommand)]
    Repository(repository::Repository),
    /// List and rotate the keys tokens are signed with.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Tell who did what, when, for whom.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Check and explain the configuration.
    #[command(subcommand)]
    Config(config::ConfigCommand),
}

/// Runs a command: 0 done, 1 refused or failed, 2 bad usage or bad configuration.
pub async fn run(cli: Cli) -> ExitCode {
    let output = Output::new(cli.common.json);
    match execute(&cli.common, cli.command, output).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.fail(&failure),
    }
}

async fn execute(common: &Common, command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Init(init) => init.run(common, output).await,
        #[cfg(feature = "demo")]
        Command::Demo(demo) => demo.run(output).await,
        Command::Doctor(doctor) => doctor.run(common, output).await,
        Command::Serve => serve::run(common).await,
        Command::Verb(verb) => verb.run(output).await,
        Command::Agent(agent) => agent.run(common, output).await,
        Command::Person(person) => person.run(common, output).await,
        Command::Policy(policy) => policy.run(common, output),
        Command::Revoke(revoke) => revoke.run(common, output).await,
        Command::Repository(repository) => repository.run(common, output).await,
        Command::Keys(keys) => keys.run(common, output).await,
        Command::Audit(audit) => audit.run(common, output).await,
        Command::Config(config) => config.run(common, output),
    }
}

impl Common {
    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(&self.config)
    }

    /// The running gateway. With `--socket` no configuration is read, so that one in disrepair stops no revocation.
    fn gateway(&self) -> Result<Gateway, Failure> {
        let socket = match &self.socket {
            Some(socket) => socket.clone(),
            None => self.load()?.operate.socket,
        };
        Ok(Gateway::at(socket))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let ConfigError { file, line, column, what, mend } = error;
        Self::written(Place { file, line, column }, what, mend)
    }
}

/// Reads an argument as the configuration would.
fn spelled<T: Spelling>(text: &str) -> Result<T, String> {
    T::read(text).ok_or_else(|| format!("write {}", T::SHAPE))
}
