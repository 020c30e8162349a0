//! Files only their owner can read, as far as the system has such. The one place of this crate that knows the system.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::Path,
};

use secrecy::zeroize::Zeroizing;

/// Reads a text of bounded size; `None` where others could have read or changed it.
pub(super) fn read_private(path: &Path, max: u64) -> io::Result<Option<Zeroizing<String>>> {
    let file = File::open(path)?;
    if !is_private(&file)? {
        return Ok(None);
    }
    let mut text = Zeroizing::new(String::new());
    file.take(max).read_to_string(&mut text)?;
    Ok(Some(text))
}

/// Writes a text whole or not at all: it appears under its name when it is all there.
pub(super) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    create_private(directory)?;
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = private().write(true).create_new(true).open(&new)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.and_then(|()| fs::rename(&new, path)).inspect_err(|_| drop(fs::remove_file(&new)))
}

#[cfg(unix)]
fn is_private(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    const GROUP_AND_OTHERS: u32 = 0o077;
    let open_to = file.metadata()?.permissions().mode() & GROUP_AND_OTHERS;
    Ok(open_to == 0)
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(unix)]
fn create_private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// Elsewhere a user's own directories are closed to others as they are made.
#[cfg(not(unix))]
fn is_private(_file: &File) -> io::Result<bool> {
    Ok(true)
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(not(unix))]
fn create_private(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)
}
