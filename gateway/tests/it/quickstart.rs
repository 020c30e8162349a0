//! The example, run as its README says.

use std::process::{Command, Stdio};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/quickstart/run.sh");

#[test]
#[expect(clippy::disallowed_methods, reason = "the example is a program")]
fn the_quickstart_runs_alone() {
    let mut script = Command::new("bash");
    script.arg(SCRIPT).env("SPANNER", env!("CARGO_BIN_EXE_spanner")).stdin(Stdio::null());
    let output = script.output().expect("bash starts");
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complained}");
    assert!(said.contains("every step did what it should"), "{said}");
}
