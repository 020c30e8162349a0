//! What an agent's machine needs, for the systems such machines run: it compiles there, as far as this machine can tell.
//!
//! `cargo check` compiles no Rust to code and links nothing, but build scripts compile the C of the cryptographic library.
//! For Linux and Windows Debian has compilers that do; for macOS it has none, so there a stand-in makes empty objects and
//! only the Rust is checked. Nothing is run.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::{
    setup,
    step::{self, Failure, Outcome, cargo},
};

/// A system, and a C compiler for it.
struct Target {
    triple: &'static str,
    compiler: Option<Compiler>,
}

/// A program, and the Debian packages it comes in.
struct Compiler {
    program: &'static str,
    packages: &'static [&'static str],
}

const TARGETS: &[Target] = &[
    Target {
        triple: "aarch64-unknown-linux-gnu",
        compiler: Some(Compiler {
            program: "aarch64-linux-gnu-gcc",
            packages: &["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"],
        }),
    },
    Target {
        triple: "x86_64-pc-windows-gnu",
        compiler: Some(Compiler { program: "x86_64-w64-mingw32-gcc", packages: &["gcc-mingw-w64-x86-64"] }),
    },
    Target { triple: "aarch64-apple-darwin", compiler: None },
];
/// The crates an agent's machine has, and so those whose sources are looked through.
const CRATES: [&str; 4] = ["gateway/capability", "sdk/rust", "sdk/cli", "sdk/git-credential"];
/// What code for one system looks like.
const SIGNS: [&str; 6] = ["cfg(unix)", "cfg(windows)", "target_os", "target_family", "os::unix", "os::windows"];
/// What tests stand in, which run on one system.
const TESTS: [&str; 2] = ["tests", "vectors"];
/// In the place of a compiler nobody has: it says that it is one, and makes empty objects.
const STAND_IN: &str = include_str!("targets/cc.sh");

/// Checks every target.
pub(crate) fn run() -> Outcome {
    let scattered = scattered()?;
    if !scattered.is_empty() {
        let places = scattered.join("; ");
        return Err(Failure::Broken(format!("code for one system stands in more than one file: {places}")));
    }
    TARGETS.iter().try_for_each(check)
}

fn check(target: &Target) -> Outcome {
    let Target { triple, compiler } = target;
    let mut add = step::command("rustup");
    add.args(["target", "add", triple]);
    step::run(add)?;
    let mut check = cargo(["check", "--locked", "--target", triple]);
    for package in ["gogs-spanner-sdk", "gogs-spanner-cli", "gogs-spanner-git-credential"] {
        check.args(["--package", package]);
    }
    check.args(["--features", "gogs-spanner-cli/command"]);
    if let Some(Compiler { program, packages }) = compiler {
        if step::command(program).arg("--version").output().is_err() {
            setup::install(packages)?;
        }
    } else {
        let stand_in = stand_in()?;
        check.env(format!("CC_{}", triple.replace('-', "_")), &stand_in);
        check.env(format!("AR_{}", triple.replace('-', "_")), &stand_in);
    }
    step::run(check)?;
    let c = if compiler.is_some() { "and its C" } else { "but not its C, for which there is no compiler here" };
    println!("    {triple}: the SDK, `spanner` for agents and the credential helper compile, {c}; nothing was run");
    Ok(())
}

fn stand_in() -> Result<std::path::PathBuf, Failure> {
    let path = step::target().join("stand-in-cc");
    let written =
        fs::write(&path, STAND_IN).and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)));
    written.map(|()| path).map_err(|error| Failure::Broken(format!("the stand-in for a compiler: {error}")))
}

/// The crates in which code for one system stands in more than one file, tests aside, and those files.
fn scattered() -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for name in CRATES {
        let mut files = Vec::new();
        look(&step::root().join(name).join("src"), &mut files)
            .map_err(|error| Failure::Broken(format!("{name}: {error}")))?;
        if files.len() > 1 {
            found.push(files.join(", "));
        }
    }
    Ok(found)
}

fn look(directory: &Path, found: &mut Vec<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.file_stem().is_some_and(|name| TESTS.iter().any(|tests| name == *tests)) {
            continue;
        }
        if path.is_dir() {
            look(&path, found)?;
        } else {
            let text = fs::read_to_string(&path)?;
            if SIGNS.iter().any(|sign| text.contains(sign)) {
                found.push(path.strip_prefix(step::root()).unwrap_or(&path).display().to_string());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]
    use super::*;

    #[test]
    fn code_for_one_system_stands_in_one_file_of_a_crate() {
        assert_eq!(scattered().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn code_for_one_system_is_seen_where_it_stands() {
        let mut found = Vec::new();
        look(&step::root().join("gateway/src/config"), &mut found).unwrap();
        assert!(found.contains(&"gateway/src/config/secret.rs".to_owned()), "{found:?}");
    }
}
