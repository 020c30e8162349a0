//! A step: its name before, its verdict and how long it took after.

use std::{
    ffi::OsStr,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use crate::tally::Tally;

/// Why a step did not hold.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("could not start {program}")]
    NotStarted { program: String, source: io::Error },
    #[error("could not read what {program} said")]
    Unread { program: String, source: io::Error },
    #[error("{program} ended with {status}")]
    Ended { program: String, status: String },
    #[error("{0}")]
    Broken(String),
}

/// The outcome of one step.
pub(crate) type Outcome = Result<(), Failure>;

/// Runs one step between two lines that name it; true if it held.
pub(crate) fn take(name: &str, step: impl FnOnce() -> Outcome) -> bool {
    println!("==> {name}");
    let began = Instant::now();
    let outcome = step();
    let seconds = began.elapsed().as_secs_f32();
    match outcome {
        Ok(()) => {
            println!("    {name}: ok, {seconds:.1} s");
            true
        }
        Err(failure) => {
            println!("    {name}: FAILED after {seconds:.1} s: {failure}");
            false
        }
    }
}

/// `cargo`, the one that runs us, at the root of the workspace.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root()).stdin(Stdio::null());
    command
}

/// A program to run; nowhere else does this crate make a command.
#[expect(clippy::disallowed_methods, reason = "running other programs is what this crate is for")]
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands in the workspace").to_owned()
}

/// Cargo's target directory, which this program was built in: what is made for the tests belongs there.
pub(crate) fn target() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    program.ancestors().nth(2).expect("cargo builds into target/debug").to_owned()
}

/// Runs a command whose exit code is all that matters.
pub(crate) fn run(mut command: Command) -> Outcome {
    let status = command.status().map_err(|source| not_started(&command, source))?;
    ended(&command, status.success(), status.to_string())
}

/// Runs a command and returns what it prints.
pub(crate) fn read(mut command: Command) -> Result<String, Failure> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|source| not_started(&command, source))?;
    ended(&command, output.status.success(), output.status.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a test runner, showing every line it prints and counting what they say.
///
/// A runner that failed without a failed test (it did not compile, it was killed) is a failed step; the failed tests
/// themselves are in `total` either way.
pub(crate) fn count(mut command: Command, total: &mut Tally) -> Outcome {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|source| not_started(&command, source))?;
    let printed = child.stdout.take().expect("standard output is piped");
    for line in BufReader::new(printed).split(b'\n') {
        let line = line.map_err(|source| Failure::Unread { program: program(&command), source })?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        total.read(&line);
    }
    let status = child.wait().map_err(|source| Failure::Unread { program: program(&command), source })?;
    ended(&command, status.success(), status.to_string())
}

fn not_started(command: &Command, source: io::Error) -> Failure {
    Failure::NotStarted { program: program(command), source }
}

fn ended(command: &Command, success: bool, status: String) -> Result<(), Failure> {
    if success { Ok(()) } else { Err(Failure::Ended { program: program(command), status }) }
}

fn program(command: &Command) -> String {
    let first = command.get_args().next().unwrap_or_default();
    format!("{} {}", Path::new(command.get_program()).display(), first.display())
}
