//! The SDKs as their users get them: each is packed, installed from its package into an empty project, and tested there, by
//! its own language's test runner, before a real gateway.

mod python;
mod rust;
mod typescript;

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    step::{self, Failure, Outcome, cargo},
    tally::Tally,
};

/// The gateway that tests in other languages direct.
const SCENE: &str = "gogs-spanner-scene";

/// What they are tested with.
struct Gateway {
    scene: PathBuf,
    /// The program itself, for the examples.
    spanner: PathBuf,
}

/// Tests all of them.
pub(crate) fn test(total: &mut Tally) -> Outcome {
    let gateway = Gateway::build()?;
    // One that fails says so in its own lines; the next is worth as much.
    let outcomes = [python::test(&gateway, total), typescript::test(&gateway, total), rust::test()];
    outcomes.into_iter().collect()
}

/// Tests, before the Gogs that `GOGS_BIN` names, what reaches a forge.
pub(crate) fn live(total: &mut Tally) -> Outcome {
    let gateway = Gateway::build()?;
    typescript::live(&gateway, total)
}

impl Gateway {
    fn build() -> Result<Self, Failure> {
        // As the tests before it, which need both: nothing is compiled once more for other features.
        step::run(cargo(["test", "--workspace", "--locked", "--no-run", "--quiet"]))?;
        let programs = step::target().join("debug");
        Ok(Self { scene: programs.join(SCENE), spanner: programs.join("spanner") })
    }
}

/// Copies a directory, without what was made in it and what npm keeps there.
fn copy(from: &Path, to: &Path) -> Outcome {
    for file in files(from)? {
        let place = to.join(file.strip_prefix(from).expect("it lies below"));
        let folder = place.parent().expect("a file lies in a folder");
        let copied = fs::create_dir_all(folder).and_then(|()| fs::copy(&file, &place));
        copied.map_err(|error| broken(&file, &error))?;
    }
    Ok(())
}

/// The files below a directory, but for what was made in it and what npm keeps there.
fn files(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(|error| broken(directory, &error))? {
        let path = entry.map_err(|error| broken(directory, &error))?.path();
        if path.ends_with("node_modules") || path.ends_with("dist") {
            continue;
        }
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

/// Empties a directory, or makes it.
fn clear(directory: &Path) -> Outcome {
    let gone = match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        gone => gone,
    };
    gone.and_then(|()| fs::create_dir_all(directory)).map_err(|error| broken(directory, &error))
}

fn broken(path: &Path, error: &dyn Error) -> Failure {
    Failure::Broken(format!("{}: {error}", path.display()))
}
