//! The Rust crates that are published, as a program elsewhere takes them: packed, unpacked, and used from outside the
//! workspace, where nothing of it is inherited.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    sdk::{broken, clear},
    step::{self, Failure, Outcome, cargo},
};

/// The crates, each after those it needs.
const CRATES: [&str; 2] = ["gogs-spanner-capability", "gogs-spanner-sdk"];

/// What a program of theirs might be.
const PROGRAM: &str = r#"
use gogs_spanner_sdk::{Error, Narrowing, Session, SignedDuration};

pub async fn hand_over() -> Result<String, Error> {
    let token = Session::discover().await?.token().await?;
    let narrowing = Narrowing::to("acme/web").read_only().lifetime(SignedDuration::from_mins(5));
    Ok(token.narrow(narrowing)?.expose().to_owned())
}
"#;

/// Of the workspace's `Cargo.toml`, so that what was checked there need not be checked again.
const PROFILE: &str = r#"
[profile.dev]
debug = "line-tables-only"

[profile.dev.package."*"]
opt-level = 2
debug = false

[profile.dev.build-override]
opt-level = 0
"#;

/// Packs them, and checks a program that has them from their packages.
pub(super) fn test() -> Outcome {
    let home = step::target().join("sdk/rust");
    clear(&home)?;
    let packed = pack(&home)?;
    let program = home.join("program");
    write(&program.join("src/lib.rs"), PROGRAM)?;
    write(&program.join("Cargo.toml"), &manifest(&packed))?;
    // The same versions as everywhere here, so that nothing has to be looked up.
    let lock = step::root().join("Cargo.lock");
    fs::copy(&lock, program.join("Cargo.lock")).map_err(|error| broken(&lock, &error))?;
    let mut check = cargo(["check", "--offline", "--quiet"]);
    check.current_dir(&program).env("CARGO_TARGET_DIR", step::target());
    step::run(check)
}

/// The directories the packages unpack to.
fn pack(home: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut pack = cargo(["package", "--locked", "--no-verify", "--allow-dirty", "--quiet", "--target-dir"]);
    pack.arg(home.join("packages"));
    for name in CRATES {
        pack.args(["--package", name]);
    }
    step::run(pack)?;
    CRATES.iter().map(|name| unpack(home, name)).collect()
}

fn unpack(home: &Path, name: &str) -> Result<PathBuf, Failure> {
    let file = format!("{name}-{}", env!("CARGO_PKG_VERSION"));
    let mut tar = step::command("tar");
    tar.arg("-xzf").arg(home.join("packages/package").join(format!("{file}.crate"))).arg("-C").arg(home);
    step::run(tar)?;
    Ok(home.join(file))
}

/// Each crate from its directory, also where another asks a registry for it.
fn manifest(packed: &[PathBuf]) -> String {
    let paths: Vec<_> =
        CRATES.iter().zip(packed).map(|(name, path)| format!("{name} = {{ path = '{}' }}", path.display())).collect();
    let paths = paths.join("\n");
    format!(
        "[package]\nname = \"elsewhere\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n\
         [dependencies]\n{paths}\n\n[patch.crates-io]\n{paths}\n{PROFILE}"
    )
}

fn write(file: &Path, text: &str) -> Outcome {
    let folder = file.parent().expect("a file lies in a folder");
    fs::create_dir_all(folder).and_then(|()| fs::write(file, text)).map_err(|error| broken(file, &error))
}
