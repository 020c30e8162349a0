//! The file a configuration was read from: turns byte offsets into lines and columns.

use std::{
    fmt,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::error::{Complaint, ConfigError};

/// A configuration's file and text. The text may hold a secret somebody put into the wrong place: it is never shown.
#[derive(Clone)]
pub struct Source {
    file: PathBuf,
    text: Arc<str>,
}

impl Source {
    pub(super) fn new(file: &Path, text: &str) -> Self {
        Self { file: file.to_owned(), text: text.into() }
    }

    /// The configuration's file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The directory that relative paths start from.
    pub fn directory(&self) -> &Path {
        match self.file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }

    /// The complaint about what stands at `span`.
    pub fn complain(&self, span: &Range<usize>, complaint: Complaint) -> ConfigError {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        complaint.at(&self.file, line, before[line_start..].chars().count() + 1)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.file).finish()
    }
}
