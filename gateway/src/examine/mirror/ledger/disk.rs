//! What mirrors look like on disk.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use gogs_spanner_capability::RepositoryName;

/// The unit of `st_blocks` (stat(3type)).
const BLOCK: u64 = 512;

/// `DIR/owner/name.git`, whatever else lies there.
pub(super) fn mirrors_in(directory: &Path) -> io::Result<Vec<(RepositoryName, PathBuf)>> {
    let mut found = Vec::new();
    for owner in fs::read_dir(directory)? {
        for mirror in fs::read_dir(owner?.path())? {
            let mirror = mirror?.path();
            found.extend(name_of(&mirror).map(|name| (name, mirror)));
        }
    }
    Ok(found)
}

pub(super) fn name_of(mirror: &Path) -> Option<RepositoryName> {
    let owner = mirror.parent()?.file_name()?.to_str()?;
    let name = mirror.file_name()?.to_str()?.strip_suffix(".git")?;
    RepositoryName::parse(&format!("{owner}/{name}")).ok()
}

/// Whether git was ended while it wrote: its locks and its half packs have these names (`lockfile.h`, `odb_mkstemp`).
pub(super) fn is_half_written(directory: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_left = name.ends_with(".lock") || name.starts_with("tmp_");
        if is_left || (entry.file_type()?.is_dir() && is_half_written(&entry.path())?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a directory takes on disk; what cannot be read takes nothing.
pub(super) fn size_of(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => size_of(&entry.path()),
        Ok(data) => data.blocks() * BLOCK,
        Err(_) => 0,
    });
    sizes.sum()
}
