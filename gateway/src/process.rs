//! The one place that starts processes, and the one program it starts is git.
//!
//! Looking into a push takes git's own reading of packs and history: a second implementation that disagrees with the
//! forge's would be a hole. What git is given was written by strangers, so it runs in a closed environment (nothing of
//! the machine's or the operator's configuration, no hooks, no helpers, no prompt, no protocol but HTTP) and within
//! limits of time, memory and file size; dropping the future kills it.
//!
//! A secret reaches git through its environment, never through its arguments, which every user of the host can read.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use std::{io, os::unix::process::ExitStatusExt};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use zeroize::Zeroizing;

/// Address space of one git, which maps packs besides what it allocates (git 2.39, measured: 16 MB to index 80,000
/// objects, 7 MB for a blob of 3 GiB, which is streamed; a commit of 3 GiB would be held whole). A pack whose objects
/// unfold to more than this must not take the host along.
pub const ADDRESS_SPACE: u64 = 2 * 1024 * 1024 * 1024;

/// Bytes of answer that are read unless a job says otherwise; most of what is asked of git is answered in a line or two.
pub const MAX_OUTPUT: usize = 64 * 1024;

/// Bytes kept of what git complains about, for the journal.
const MAX_COMPLAINT: usize = 4 * 1024;

/// Sets the limits in the child itself: the standard library has no safe way to, and every host with git has a shell.
/// `ulimit` counts memory in KiB and file sizes in blocks of 512 bytes (POSIX). Writing past the latter is an error git
/// reports, rather than a signal, after which it says nothing of why.
const LIMITED: &str = r#"trap '' XFSZ && ulimit -v "$1" && ulimit -f "$2" && shift 2 && exec git "$@""#;
const FILE_BLOCK: u64 = 512;

/// What git is told besides: no helper, hook or redirect; bounded caches; large objects are streamed, not held. What is
/// fetched stays a pack and an index: loose objects would be any number of files, each as long as a file may be. Packs
/// that are large already are not written anew.
const CONFIGURATION: &[(&str, &str)] = &[
    ("core.askPass", ""),
    ("core.bigFileThreshold", "16m"),
    ("core.commitGraph", "false"),
    ("core.deltaBaseCacheLimit", "32m"),
    ("core.hooksPath", "/dev/null"),
    ("core.packedGitLimit", "256m"),
    ("core.packedGitWindowSize", "32m"),
    ("credential.helper", ""),
    ("fetch.unpackLimit", "1"),
    ("gc.autoDetach", "false"),
    ("gc.bigPackThreshold", "512m"),
    ("http.followRedirects", "false"),
    ("http.lowSpeedLimit", "1024"),
    ("http.lowSpeedTime", "30"),
    ("maintenance.autoDetach", "false"),
    ("pack.threads", "1"),
    ("pack.writeReverseIndex", "false"),
    ("protocol.allow", "never"),
    ("protocol.http.allow", "always"),
    ("protocol.https.allow", "always"),
];

/// Git, in a closed environment.
#[derive(Clone, Debug)]
pub struct Git {
    home: PathBuf,
}

/// One run of git. It has no `Debug`, for its configuration may hold a credential.
pub struct Job {
    arguments: Vec<OsString>,
    directory: Option<PathBuf>,
    configuration: Vec<(String, Zeroizing<String>)>,
    input: Option<File>,
    time: Duration,
    file_size: Option<u64>,
    answer: usize,
}

/// What a run that ended by itself said.
#[derive(Debug, PartialEq, Eq)]
pub struct Finished {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub output: Vec<u8>,
    /// The beginning of standard error, with line feeds as its only control characters.
    pub complaint: String,
}

/// Why a run did not end by itself.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// Git or the shell could not be started or talked to.
    #[error("git cannot be run: {0}")]
    Io(#[from] io::Error),
    /// It took longer than it was given.
    #[error("git took longer than {0:?}")]
    TimeLimit(Duration),
    /// It said more than it may.
    #[error("git said more than {0} bytes")]
    OutputTooLong(usize),
    /// A signal ended it.
    #[error("git was ended by signal {0}")]
    Killed(i32),
}

impl Git {
    /// Git with `home`, an empty directory of the gateway's own, as its home.
    pub fn new(home: impl Into<PathBuf>) -> Self {
        Self { home: home.into() }
    }

    /// Runs one job to its end.
    pub async fn run(&self, job: Job) -> Result<Finished, ProcessError> {
        let (time, most) = (job.time, job.answer);
        let mut child = self.command(job).spawn()?;
        tokio::time::timeout(time, finish(&mut child, most)).await.map_err(|_| ProcessError::TimeLimit(time))?
    }

    #[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
    fn command(&self, job: Job) -> Command {
        let mut command = Command::new("sh");
        let blocks = job.file_size.map_or_else(|| "unlimited".to_owned(), |size| size.div_ceil(FILE_BLOCK).to_string());
        command.args(["-c", LIMITED, "sh", &(ADDRESS_SPACE / 1024).to_string(), &blocks]).args(&job.arguments);
        command.env_clear().env("HOME", &self.home).env("LC_ALL", "C");
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0"), ("GIT_NO_REPLACE_OBJECTS", "1")]);
        command.env("GIT_CONFIG_COUNT", (CONFIGURATION.len() + job.configuration.len()).to_string());
        let own = job.configuration.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        for (n, (key, value)) in CONFIGURATION.iter().copied().chain(own).enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{n}"), key).env(format!("GIT_CONFIG_VALUE_{n}"), value);
        }
        command.current_dir(job.directory.as_deref().unwrap_or(&self.home));
        command.stdin(job.input.map_or_else(Stdio::null, Stdio::from));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }
}

impl Job {
    /// A run of `git ARGUMENTS…` that may take `time`.
    pub fn new<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>, time: Duration) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self {
            arguments,
            directory: None,
            configuration: Vec::new(),
            input: None,
            time,
            file_size: None,
            answer: MAX_OUTPUT,
        }
    }

    /// Runs it in `directory`.
    #[must_use]
    pub fn inside(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// Adds one line of configuration, which may be a secret.
    #[must_use]
    pub fn configure(mut self, key: impl Into<String>, value: Zeroizing<String>) -> Self {
        self.configuration.push((key.into(), value));
        self
    }

    /// Gives it a file to read; without one it reads nothing.
    #[must_use]
    pub fn reading(mut self, input: File) -> Self {
        self.input = Some(input);
        self
    }

    /// Reads an answer of up to `bytes`.
    #[must_use]
    pub fn answering_at_most(mut self, bytes: usize) -> Self {
        self.answer = bytes;
        self
    }

    /// Lets no file it writes grow above `bytes`.
    #[must_use]
    pub fn writing_at_most(mut self, bytes: u64) -> Self {
        self.file_size = Some(bytes);
        self
    }
}

async fn finish(child: &mut Child, most: usize) -> Result<Finished, ProcessError> {
    let (output, complaint) = (child.stdout.take(), child.stderr.take());
    let (output, complaint) = tokio::try_join!(answer(output, most), complaint_of(complaint))?;
    let status: ExitStatus = child.wait().await?;
    match status.code() {
        Some(code) => Ok(Finished { code, output, complaint }),
        None => Err(ProcessError::Killed(status.signal().unwrap_or_default())),
    }
}

/// All of an answer, which must not be longer than expected.
async fn answer(stream: Option<impl AsyncRead + Unpin>, most: usize) -> Result<Vec<u8>, ProcessError> {
    let mut output = Vec::new();
    let Some(stream) = stream else { return Ok(output) };
    stream.take(most as u64 + 1).read_to_end(&mut output).await?;
    if output.len() > most { Err(ProcessError::OutputTooLong(most)) } else { Ok(output) }
}

/// The beginning of a stream that is read to its end, so that git never waits for us.
async fn complaint_of(stream: Option<impl AsyncRead + Unpin>) -> Result<String, ProcessError> {
    let mut head = Vec::new();
    let Some(mut stream) = stream else { return Ok(String::new()) };
    (&mut stream).take(MAX_COMPLAINT as u64).read_to_end(&mut head).await?;
    tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    let text = String::from_utf8_lossy(&head);
    Ok(text.trim_end().chars().filter(|&c| c == '\n' || !c.is_control()).collect())
}

#[cfg(test)]
mod tests;
