//! Programs nobody here wrote, each at a version that is pinned, below `clients` in the target directory.
//!
//! Where a language has a file for what is locked, that file stands beside the script which needs it, in
//! `gateway/tests/clients`; Debian's gits are those of its suites.

use std::path::{Path, PathBuf};

use crate::{
    setup::{self, Tool},
    step::{self, Failure, Outcome},
};

/// Of Debian: what runs the clients, and what fetches or builds them.
const TOOLS: &[Tool] = &[
    Tool { program: "git", package: "git" },
    Tool { program: "git-lfs", package: "git-lfs" },
    Tool { program: "patchelf", package: "patchelf" },
    Tool { program: "python3", package: "python3-venv" },
    Tool { program: "npm", package: "npm" },
    Tool { program: "javac", package: "default-jdk-headless" },
    Tool { program: "mvn", package: "maven" },
];
/// Newer gits, by the suite of Debian they are of: the stable one, and what comes after it.
const SUITES: [&str; 2] = ["trixie", "sid"];
/// Environments of Python, by the list of what is in each. gogs-client wants an attrs nothing else can do with.
const ENVIRONMENTS: [(&str, &str); 2] = [("python", "requirements.txt"), ("gogs-client", "gogs-client.txt")];
const DEPENDENCIES: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/// Provides all of them.
pub(crate) fn provide() -> Outcome {
    setup::provide(TOOLS)?;
    setup::go()?;
    let (sources, home) = (step::root().join("gateway/tests/clients"), step::target().join("clients"));
    for suite in SUITES {
        newer_git(&sources, &home.join(format!("git-{suite}")), suite)?;
    }
    for (name, list) in ENVIRONMENTS {
        python(&sources.join("python").join(list), &home.join(name))?;
    }
    node(&sources.join("node"), &home.join("node"))?;
    java(&sources.join("java"), &home.join("java"))?;
    go(&sources.join("go"), &home.join("go-gogs-client"))?;
    gix(&sources.join("gix"), &home.join("gix"))
}

/// Unless one that runs is there.
fn newer_git(sources: &Path, home: &Path, suite: &str) -> Outcome {
    if step::command(home.join("git")).arg("--version").output().is_ok_and(|said| said.status.success()) {
        return Ok(());
    }
    println!("    fetching git of Debian {suite}");
    let mut fetch = step::command("sh");
    fetch.arg(sources.join("new-git.sh")).arg(home).arg(suite);
    step::run(fetch)
}

/// Debian has Python without what makes environments, too.
fn python(list: &Path, home: &Path) -> Outcome {
    if !step::command("python3").args(["-c", "import ensurepip"]).output().is_ok_and(|said| said.status.success()) {
        setup::install(&["python3-venv"])?;
    }
    let mut environment = step::command("python3");
    environment.args(["-m", "venv"]).arg(home);
    step::run(environment)?;
    let mut install = step::command(home.join("bin/pip"));
    install.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"]).arg(list);
    step::run(install)
}

/// Node finds modules from where a script stands, so the scripts go where the modules are.
fn node(sources: &Path, home: &Path) -> Outcome {
    copied(sources, home)?;
    let mut npm = step::command("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(home);
    step::run(npm)
}

fn java(sources: &Path, home: &Path) -> Outcome {
    let mut maven = step::command("mvn");
    maven.args(["--quiet", "--batch-mode", DEPENDENCIES, "--file"]).arg(sources.join("pom.xml"));
    maven.arg(format!("-DoutputDirectory={}", home.display()));
    step::run(maven)?;
    let mut javac = step::command("javac");
    javac.arg("-cp").arg(home.join("*")).arg("-d").arg(home).arg(sources.join("JGit.java"));
    step::run(javac)
}

fn go(sources: &Path, program: &Path) -> Outcome {
    let mut build = step::command("go");
    build.args(["build", "-mod=readonly", "-trimpath", "-o"]).arg(program).arg(".").current_dir(sources);
    step::run(build)
}

fn gix(sources: &Path, home: &Path) -> Outcome {
    let mut build = step::cargo(["build", "--locked", "--release", "--quiet", "--manifest-path"]);
    build.arg(sources.join("Cargo.toml")).arg("--target-dir").arg(home);
    step::run(build)
}

/// The files of a directory, copied into another.
fn copied(from: &Path, to: &Path) -> Outcome {
    let copy = || -> std::io::Result<()> {
        std::fs::create_dir_all(to)?;
        for entry in std::fs::read_dir(from)? {
            let path: PathBuf = entry?.path();
            if let Some(name) = path.file_name().filter(|_| path.is_file()) {
                std::fs::copy(&path, to.join(name))?;
            }
        }
        Ok(())
    };
    copy().map_err(|error| Failure::Broken(format!("the clients of Node: {error}")))
}
