//! What commands print, and how they fail.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

use serde_json::{Value, json};

use crate::config::ConfigError;

/// Refused or failed.
const FAILED: u8 = 1;
/// Bad usage or bad configuration; what clap exits with, too.
const MISUSED: u8 = 2;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// The configuration is wrong.
    Config(ConfigError),
    /// The command was used wrongly.
    Usage(Explained),
    /// It was refused, or something it needs is not there.
    Failed(Explained),
    /// Whoever reads the output has gone.
    ReaderGone,
}

/// What went wrong, and what to do next.
#[derive(Debug, Default)]
pub struct Explained {
    what: String,
    hint: Option<String>,
    reason: Option<String>,
}

impl Failure {
    /// A wrong use.
    pub(super) fn usage(what: impl Display, hint: impl Display) -> Self {
        Self::Usage(Explained { what: what.to_string(), hint: Some(hint.to_string()), reason: None })
    }

    /// A failure.
    pub(super) fn failed(what: impl Display, hint: impl Display) -> Self {
        Self::Failed(Explained { what: what.to_string(), hint: Some(hint.to_string()), reason: None })
    }

    /// A gateway's no, with its stable reason.
    pub(super) fn refused(reason: impl Display, why: impl Display, hint: Option<String>) -> Self {
        Self::Failed(Explained { what: why.to_string(), hint, reason: Some(reason.to_string()) })
    }

    /// What went wrong, without what to do about it.
    pub(super) fn what(&self) -> String {
        match self {
            Self::Config(error) => format!("{}: {}", error.place(), error.what),
            Self::Usage(explained) | Self::Failed(explained) => explained.what.clone(),
            Self::ReaderGone => String::new(),
        }
    }

    const fn code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Usage(_) => MISUSED,
            Self::Failed(_) => FAILED,
            Self::ReaderGone => 0,
        }
    }

    fn lines(&self) -> String {
        match self {
            Self::Config(error) => format!("error: {}: {}\nhint: {}\n", error.place(), error.what, error.mend),
            Self::Usage(explained) | Self::Failed(explained) => explained.lines(),
            Self::ReaderGone => String::new(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Config(error) => {
                json!({ "error": error.what, "hint": error.mend, "file": error.file, "line": error.line, "column": error.column })
            }
            Self::Usage(explained) | Self::Failed(explained) => {
                json!({ "error": explained.what, "hint": explained.hint, "reason": explained.reason })
            }
            Self::ReaderGone => Value::Null,
        }
    }
}

impl Explained {
    fn lines(&self) -> String {
        let reason = self.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
        let hint = self.hint.as_ref().map_or_else(String::new, |hint| format!("hint: {hint}\n"));
        format!("error: {}{reason}\n{hint}", self.what)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

/// Prints to people or to programs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) const fn new(json: bool) -> Self {
        Self { json }
    }

    pub(super) const fn is_json(self) -> bool {
        self.json
    }

    /// Prints what was done: a text, or the same as JSON.
    pub(super) fn say(self, text: impl Display, value: &Value) -> Result<(), Failure> {
        if self.json { line(value) } else { line(text) }
    }

    pub(super) fn fail(self, failure: &Failure) -> ExitCode {
        let text = if self.json { format!("{}\n", failure.json()) } else { failure.lines() };
        if !matches!(failure, Failure::ReaderGone) {
            let _unread = io::stderr().write_all(text.as_bytes());
        }
        failure.code().into()
    }
}

/// Prints one line, now: whoever reads a pipe is waiting for it.
pub(super) fn line(text: impl Display) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::ReaderGone,
        kind => Failure::failed(format!("the output cannot be written ({kind})"), "check where it goes"),
    })
}
