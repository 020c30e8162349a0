//! Files that commands write.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// For its owner alone.
pub(super) const SECRET: u32 = 0o600;
/// For everybody to read.
pub(super) const PLAIN: u32 = 0o644;

/// Writes a new file; one that is there already is left alone.
pub(super) fn write_new(file: &Path, content: &str, mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(file)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()
}

/// A text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
