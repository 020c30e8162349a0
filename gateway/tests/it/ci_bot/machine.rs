//! The machine a pipeline runs on, and what its secrets are kept in.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use gogs_spanner_testkit::Host;

/// A machine with a temporary directory of its own.
pub(crate) fn bare() -> Host {
    let host = Host::with(Path::new(env!("CARGO_BIN_EXE_spanner")));
    std::fs::create_dir(host.path("tmp")).expect("a directory can be made");
    let temporary = host.path("tmp");
    host.variable("TMPDIR", temporary)
}

/// Writes a file only its owner reads, and names it in a variable.
pub(crate) fn with_file(host: Host, variable: &str, name: &str, text: &str) -> Host {
    host.write(name, text, 0o600);
    let path = host.path(name);
    host.variable(variable, path)
}

/// Gives it the key of `ci-web`.
pub(crate) fn with_key(host: Host, pem: &str) -> Host {
    with_file(host, "GOGS_SPANNER_KEY_FILE", "ci-web.key", pem).variable("GOGS_SPANNER_AGENT", "ci-web")
}

/// Puts programs before the real ones that write into `calls` how they are called.
pub(crate) fn watched(host: Host, programs: &[&str]) -> Host {
    let (calls, before) = (host.path("calls"), host.path("watched"));
    for program in programs {
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"{program} $*\" >> '{}'\nPATH=${{PATH#*:}} exec {program} \"$@\"\n",
            calls.display()
        );
        host.write(&format!("watched/{program}"), &script, 0o700);
    }
    let path = [before.into_os_string(), std::env::var_os("PATH").unwrap_or_default()].join(&OsString::from(":"));
    host.variable("PATH", path)
}

/// What was left in the temporary directory.
pub(crate) fn leftovers(host: &Host) -> Vec<PathBuf> {
    let entries = host.path("tmp").read_dir().expect("a directory");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}
