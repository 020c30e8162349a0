//! What is wrong with a configuration: where, what, and the mend. Never the line's text nor a value, because what was
//! written in the wrong place may be a secret.

use std::{
    fmt,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use serde::Serialize;

/// Why a file, an address or a socket cannot be used, in words for whoever named it.
pub fn plainly(error: &io::Error) -> String {
    let text = match error.kind() {
        ErrorKind::NotFound => "it is not there",
        ErrorKind::AlreadyExists => "it is there already",
        ErrorKind::PermissionDenied => "this user may not",
        ErrorKind::AddrInUse => "something listens there already",
        ErrorKind::AddrNotAvailable => "it is no address of this machine",
        ErrorKind::ConnectionRefused => "nobody listens there",
        _ => return error.to_string(),
    };
    text.to_owned()
}

/// One thing wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigError {
    /// The file it stands in.
    pub file: PathBuf,
    /// The line, from 1; none where the file as a whole is meant.
    pub line: Option<usize>,
    /// The column, in characters from 1.
    pub column: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub mend: String,
}

impl ConfigError {
    /// An error about a whole file, such as one that cannot be read.
    pub fn of_file(file: &Path, complaint: Complaint) -> Self {
        Self { file: file.to_owned(), line: None, column: None, what: complaint.what, mend: complaint.mend }
    }

    /// Where it is: the file, and line and column where known.
    pub fn place(&self) -> String {
        let file = self.file.display();
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
            _ => file.to_string(),
        }
    }

    /// The error for a configuration that cannot be read.
    pub(crate) fn unreadable(file: &Path, error: &io::Error) -> Self {
        let mend = match error.kind() {
            ErrorKind::NotFound => "`spanner init` writes one; name yours with --config",
            _ => "let the user this runs as read it",
        };
        Self::of_file(file, Complaint::new(format!("the configuration cannot be read: {}", plainly(error)), mend))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  mend: {}", self.place(), self.what, self.mend)
    }
}

impl std::error::Error for ConfigError {}

/// What is wrong and its mend, before anyone knows where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    what: String,
    mend: String,
}

impl Complaint {
    /// A complaint; neither text may repeat a value.
    pub fn new(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), mend: mend.into() }
    }

    /// The complaint at its place.
    pub(crate) fn at(self, file: &Path, line: usize, column: usize) -> ConfigError {
        ConfigError { file: file.to_owned(), line: Some(line), column: Some(column), what: self.what, mend: self.mend }
    }

    /// Reads back what [`Display`](fmt::Display) wrote through serde's one text, or translates serde's own words.
    ///
    /// Serde quotes the offending value (``invalid type: string "…"``), so nothing of such a text is kept but what
    /// was expected.
    pub(crate) fn from_serde(message: &str) -> Self {
        if let Some((what, mend)) = message.split_once('\n') {
            return Self::new(what, mend);
        }
        let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected);
        if let Some(key) = quoted_after(message, "unknown field ") {
            let keys = expected.unwrap_or("none").trim_start_matches("one of ");
            return Self::new(format!("unknown key `{key}`"), format!("the keys here are {keys}"));
        }
        if let Some(key) = quoted_after(message, "missing field ") {
            return Self::new(format!("the key `{key}` is missing"), format!("write `{key} = …` in this section"));
        }
        match expected {
            Some(expected) => {
                Self::new("this is not the kind of value that belongs here", format!("write {}", plain(expected)))
            }
            None => Self::new("this cannot be read", "compare it with `spanner config reference`"),
        }
    }

    /// A complaint of the TOML grammar, whose texts are fixed and quote nothing, about what was found there. Of that only a key
    /// is told.
    pub(crate) fn of_grammar(message: &str, found: &str) -> Self {
        let is_key = found.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        if message == "duplicate key" && is_key && !found.is_empty() {
            return Self::new(format!("the key `{found}` is there twice"), "take one of them out");
        }
        let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
        let mend = match what {
            "string values must be quoted" => "put the text in quotes, `\"…\"`".to_owned(),
            "duplicate key" => "take one of them out".to_owned(),
            _ if expected.is_empty() => "write it as TOML wants, see https://toml.io".to_owned(),
            _ => format!("write {expected}"),
        };
        Self::new(what, mend)
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.what, self.mend)
    }
}

fn quoted_after<'a>(message: &'a str, start: &str) -> Option<&'a str> {
    message.strip_prefix(start)?.strip_prefix('`')?.split('`').next()
}

/// Serde's names for shapes, in the reader's words.
fn plain(expected: &str) -> &str {
    match expected {
        "a map" => "a table, `{ … }`",
        "a sequence" => "a list, `[ … ]`",
        "a boolean" => "true or false",
        shape if shape.starts_with("struct ") => "a table, `{ … }` or its own section",
        shape => shape,
    }
}
