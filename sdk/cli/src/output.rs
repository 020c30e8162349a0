//! What commands print, and how they fail.

use std::{
    fmt::{self, Display},
    io::{self, ErrorKind, Write},
    path::PathBuf,
    process::ExitCode,
};

use serde_json::{Value, json};

/// Refused or failed.
const FAILED: u8 = 1;
/// Bad usage or bad configuration; what clap exits with, too.
const MISUSED: u8 = 2;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// The command was used wrongly, or a configuration is wrong.
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
    place: Option<Box<Place>>,
}

/// Where in a file something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; none where the file as a whole is meant.
    pub line: Option<usize>,
    /// The column, in characters from 1.
    pub column: Option<usize>,
}

impl Failure {
    /// A wrong use.
    pub fn usage(what: impl Display, hint: impl Display) -> Self {
        Self::Usage(Explained::new(what, hint))
    }

    /// A wrong use of a file, which says where in it.
    pub fn written(place: Place, what: impl Display, hint: impl Display) -> Self {
        Self::Usage(Explained { place: Some(Box::new(place)), ..Explained::new(what, hint) })
    }

    /// A failure.
    pub fn failed(what: impl Display, hint: impl Display) -> Self {
        Self::Failed(Explained::new(what, hint))
    }

    /// A gateway's no, with its stable reason.
    pub fn refused(reason: impl Display, why: impl Display, hint: Option<String>) -> Self {
        Self::Failed(Explained {
            what: why.to_string(),
            hint,
            reason: Some(reason.to_string()),
            ..Explained::default()
        })
    }

    /// What went wrong, without what to do about it.
    #[must_use]
    pub fn what(&self) -> String {
        self.explained().map_or_else(String::new, Explained::placed)
    }

    const fn explained(&self) -> Option<&Explained> {
        match self {
            Self::Usage(explained) | Self::Failed(explained) => Some(explained),
            Self::ReaderGone => None,
        }
    }

    const fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => MISUSED,
            Self::Failed(_) => FAILED,
            Self::ReaderGone => 0,
        }
    }
}

impl Explained {
    fn new(what: impl Display, hint: impl Display) -> Self {
        Self { what: what.to_string(), hint: Some(hint.to_string()), ..Self::default() }
    }

    fn placed(&self) -> String {
        match &self.place {
            Some(place) => format!("{place}: {}", self.what),
            None => self.what.clone(),
        }
    }

    /// As a terminal shows it. A gateway's words are in it, which must be no commands to the terminal.
    fn lines(&self) -> String {
        let reason = self.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
        let hint = self.hint.as_ref().map_or_else(String::new, |hint| format!("hint: {hint}\n"));
        let lines = format!("error: {}{reason}\n{hint}", self.placed());
        lines.replace(|char: char| char.is_control() && char != '\n', " ")
    }

    fn json(&self) -> Value {
        let (error, hint) = (&self.what, &self.hint);
        match self.place.as_deref() {
            Some(Place { file, line, column }) => {
                json!({ "error": error, "hint": hint, "file": file, "line": line, "column": column })
            }
            None => json!({ "error": error, "hint": hint, "reason": self.reason }),
        }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "{file}:{line}:{column}"),
            _ => write!(f, "{file}"),
        }
    }
}

/// Prints to people or to programs.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// To programs, if JSON is wanted.
    #[must_use]
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether it is to programs.
    #[must_use]
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// Prints what was done: a text, or the same as JSON.
    pub fn say(self, text: impl Display, value: &Value) -> Result<(), Failure> {
        if self.json { line(value) } else { line(text) }
    }

    /// Says what went wrong, and how the command ends.
    pub fn fail(self, failure: &Failure) -> ExitCode {
        if let Some(explained) = failure.explained() {
            let text = if self.json { format!("{}\n", explained.json()) } else { explained.lines() };
            let _unread = io::stderr().write_all(text.as_bytes());
        }
        failure.code().into()
    }
}

/// Prints one line, now: whoever reads a pipe is waiting for it.
pub fn line(text: impl Display) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::ReaderGone,
        kind => Failure::failed(format!("the output cannot be written ({kind})"), "check where it goes"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_gateway_says_cannot_drive_a_terminal() {
        let failure = Failure::refused("not-\u{1b}[2J", "no\u{9b}2J", Some("see\r\u{7} this".to_owned()));
        let lines = failure.explained().expect("it is told").lines();
        assert_eq!(lines, "error: no 2J (not- [2J)\nhint: see   this\n");
    }
}
