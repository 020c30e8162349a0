//! The example as its README says: one command, and nothing else.

use std::{
    path::Path,
    process::{Command, Stdio},
};

/// What it says, in this order.
const SAID: &[&str] = &[
    "commented (id ",
    "may not write master: ",
    "hint: use what `spanner token inspect` shows",
    "wrote the branch agents/docs/review-1 instead",
];

#[test]
#[expect(clippy::disallowed_methods, reason = "the example is a program")]
fn the_example_runs_alone_and_leaves_nothing_behind() {
    let example = Path::new(env!("CARGO_BIN_EXE_review-agent"));
    let spanner = example.with_file_name("spanner");
    assert!(spanner.is_file(), "{} is missing: cargo build --package gogs-spanner", spanner.display());
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = Command::new(example);
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.env("SPANNER", spanner).env("TMPDIR", directory.path()).env("HOME", directory.path());
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && complained.is_empty(), "{said}\n{complained}");
    let mut rest = &*said;
    for line in SAID {
        rest = rest.split_once(line).unwrap_or_else(|| panic!("`{line}` is missing in:\n{said}")).1;
    }
    assert!(!said.contains("gsp_"), "{said}");
    assert!(directory.path().read_dir().expect("a directory").next().is_none());
}
