//! The guides, followed to the letter: each command a machine can run is run, each file a page shows is the file that is
//! tried. [`page`] says how a block tells what it is for, [`reader`] does it.

mod page;
mod proxies;
mod reader;
mod shelf;

use std::path::PathBuf;

pub(crate) use self::{page::Page, reader::Reader};

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
