//! What the tests need besides Rust, and how it comes: from Debian's packages, from Go modules, from npm.

mod collector;
mod npm;

use std::process::Command;

use crate::step::{self, Failure, Outcome};

/// A program the tests run, and the Debian package it is in.
pub(crate) struct Tool {
    pub(crate) program: &'static str,
    pub(crate) package: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool { program: "git", package: "git" },
    Tool { program: "git-lfs", package: "git-lfs" },
    Tool { program: "cc", package: "gcc" },
    // A disk of its own for a gateway whose disk is to be full.
    Tool { program: "unshare", package: "util-linux" },
    // The guides' and the examples' own.
    Tool { program: "curl", package: "curl" },
    Tool { program: "jq", package: "jq" },
    Tool { program: "openssl", package: "openssl" },
    Tool { program: "shellcheck", package: "shellcheck" },
    Tool { program: "sqlite3", package: "sqlite3" },
    Tool { program: "nginx", package: "nginx-light" },
    Tool { program: "caddy", package: "caddy" },
    Tool { program: "systemd-analyze", package: "systemd" },
    // The dashboard's.
    Tool { program: "prometheus", package: "prometheus" },
    Tool { program: "npm", package: "npm" },
    // A person's: she signs in with a browser, at a terminal.
    Tool { program: "chromium", package: "chromium" },
    Tool { program: "chromedriver", package: "chromium-driver" },
    Tool { program: "script", package: "bsdutils" },
];
/// Where Debian puts what it counts among an administrator's programs; a user's search path leaves it out.
const ADMINISTRATORS: &str = "/usr/sbin";

/// Installs what the gate needs and says so.
pub(crate) fn run() -> Outcome {
    provide(TOOLS)?;
    go()?;
    if !is_node_new_enough() {
        // Debian 12's is too old for the TypeScript SDK.
        return Err(Failure::Broken("please install Node.js 20 or newer: https://nodejs.org".to_owned()));
    }
    provide_environments()?;
    npm::install(&step::target())?;
    collector::build(&step::target())
}

/// Whether `node` is of the first version that the TypeScript SDK is for, or of a later one.
fn is_node_new_enough() -> bool {
    let mut node = step::command("node");
    node.arg("--version");
    let version = step::read(node).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= 20)
}

/// Go cannot be installed from here: Debian's is too old to build a Collector with.
pub(crate) fn go() -> Outcome {
    if present("go") {
        return Ok(());
    }
    Err(Failure::Broken("please install Go 1.25 or newer: https://go.dev/dl".to_owned()))
}

/// Installs what Python makes its virtual environments with, where Debian has left it out.
pub(crate) fn provide_environments() -> Outcome {
    let mut asked = step::command("python3");
    asked.args(["-c", "import ensurepip, venv"]).stderr(std::process::Stdio::null());
    if step::run(asked).is_ok() {
        return Ok(());
    }
    install(&["python3-venv"])?;
    println!("    installed python3-venv");
    Ok(())
}

/// Installs what is missing and says so.
pub(crate) fn provide(tools: &[Tool]) -> Outcome {
    let missing: Vec<&str> = tools.iter().filter(|tool| !present(tool.program)).map(|tool| tool.package).collect();
    if missing.is_empty() {
        let programs: Vec<&str> = tools.iter().map(|tool| tool.program).collect();
        println!("    nothing to install: {} are here", programs.join(", "));
        return Ok(());
    }
    install(&missing)?;
    println!("    installed {}", missing.join(", "));
    Ok(())
}

/// Installs Debian packages, without what they only recommend.
pub(crate) fn install(packages: &[&str]) -> Result<(), Failure> {
    if !present("apt-get") {
        return Err(Failure::Broken(format!("please install {}: there is no apt-get here", packages.join(", "))));
    }
    step::run(apt(&["update"]))?;
    step::run(apt(&[&["install", "-y", "--no-install-recommends"], packages].concat()))
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = step::command("apt-get");
    command.arg("-qq").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn present(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut directories = std::env::split_paths(&path).chain([ADMINISTRATORS.into()]);
    directories.any(|directory| directory.join(program).is_file())
}
