//! `sdk/vectors`: what the library of any language must come to, made by this one.
//!
//! The tests compare what is on file with what is made now. It is written anew, on purpose, by
//! `GOGS_SPANNER_VECTORS=write cargo test -p gogs-spanner-sdk vectors`.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod discovery;
mod narrowings;
mod refusals;
#[cfg(unix)]
mod sign_ins;
mod tokens;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

/// What asks to write instead of to compare.
const WRITE: &str = "GOGS_SPANNER_VECTORS";
/// When everything here happens.
const NOW: &str = "2026-11-23T10:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// What is on file, null if nothing is.
fn on_file(name: &str) -> Value {
    std::fs::read(file(name)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Insists that what is on file is what is made now, or writes it.
fn settle(name: &str, made: &Value) {
    let text = format!("{made:#}\n");
    for file in std::iter::once(file(name)).chain(copies(name)) {
        if std::env::var_os(WRITE).is_some_and(|value| value == "write") {
            std::fs::write(&file, &text).unwrap();
        }
        let is_the_same = std::fs::read_to_string(&file).is_ok_and(|on_file| on_file == text);
        assert!(
            is_the_same,
            "{} is not what this library makes; if that is meant: {WRITE}=write cargo test -p gogs-spanner-sdk vectors",
            file.display()
        );
    }
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors").join(name)
}

/// Libraries that carry a file in their package.
fn copies(name: &str) -> Vec<PathBuf> {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../python/src/gogs_spanner").join(name);
    if name == "reasons.json" { vec![python] } else { Vec::new() }
}
