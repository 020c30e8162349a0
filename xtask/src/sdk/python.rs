//! The Python SDK, by build, pip, ruff, mypy and pytest.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    sdk::{Gateway, broken, clear},
    step::{self, Failure, Outcome},
    tally::Tally,
};

/// The examples, which bring tests of their own.
const EXAMPLES: [&str; 2] = ["examples/review-agent-python", "examples/delegation-python"];
/// What they start a demonstration with.
const DEMONSTRATION: &str = "examples/demonstration-python";

/// Packs it, checks it, and tests what was packed and the examples, far from its sources.
pub(super) fn test(gateway: &Gateway, total: &mut Tally) -> Outcome {
    let home = step::target().join("sdk/python");
    let sources = step::root().join("sdk/python");
    let environment = Environment::fresh(&home.join("environment"))?;
    environment.install(&["--requirement".into(), sources.join("requirements.txt")])?;
    let wheel = pack(&environment, &sources, &home.join("dist"))?;
    environment.install(&["--no-deps".into(), wheel])?;
    // What it says it needs, and nothing else, is what it was installed with.
    step::run(environment.tool("pip", &["check"]))?;
    is_licensed(&sources)?;
    check(&environment, &sources)?;
    let elsewhere = home.join("elsewhere");
    clear(&elsewhere)?;
    let mut tests = [sources.join("tests")].into_iter().chain(EXAMPLES.map(|example| step::root().join(example)));
    tests.try_for_each(|tests| step::count(pytest(&environment, gateway, &elsewhere, &tests), total))
}

/// A virtual environment.
struct Environment(PathBuf);

impl Environment {
    fn fresh(directory: &Path) -> Result<Self, Failure> {
        let mut make = step::command("python3");
        make.args(["-m", "venv", "--clear"]).arg(directory);
        step::run(make)?;
        Ok(Self(directory.to_owned()))
    }

    fn tool(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = step::command(self.0.join("bin").join(name));
        command.args(arguments).env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    fn install(&self, what: &[PathBuf]) -> Outcome {
        let mut install = self.tool("pip", &["install", "--quiet"]);
        install.args(what);
        step::run(install)
    }
}

/// Builds the source distribution, and the wheel out of that, so that the one is as whole as the other.
fn pack(environment: &Environment, sources: &Path, to: &Path) -> Result<PathBuf, Failure> {
    clear(to)?;
    let mut build = environment.tool("python", &["-m", "build", "--no-isolation"]);
    build.arg("--outdir").arg(to).arg(sources);
    step::read(build)?;
    let packed = fs::read_dir(to).map_err(|error| broken(to, &error))?;
    let mut wheels = packed.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let wheel = wheels.find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    wheel.ok_or_else(|| Failure::Broken(format!("{}: no wheel was made", to.display())))
}

/// A package carries the licence itself.
fn is_licensed(sources: &Path) -> Outcome {
    let read = |path: PathBuf| fs::read(path).ok();
    let licence = read(step::root().join("LICENSE"));
    if licence.is_some() && licence == read(sources.join("LICENSE")) {
        return Ok(());
    }
    Err(Failure::Broken("sdk/python/LICENSE is not the LICENSE of the project".to_owned()))
}

/// Format, lints and types, of the examples too.
fn check(environment: &Environment, sources: &Path) -> Outcome {
    let examples = EXAMPLES.iter().chain([&DEMONSTRATION]).map(|example| step::root().join(example));
    let examples: Vec<_> = examples.collect();
    let settings = sources.join("pyproject.toml");
    let mut format = environment.tool("ruff", &["format", "--check", "--no-cache", "--config"]);
    format.arg(&settings).arg(sources).args(&examples);
    let mut lint = environment.tool("ruff", &["check", "--quiet", "--no-cache", "--config"]);
    lint.arg(&settings).arg(sources).args(&examples);
    let mut types = environment.tool("mypy", &["--config-file"]);
    types.arg(&settings).arg("--cache-dir").arg(environment.0.join("mypy"));
    types.current_dir(sources).args(["src", "tests"]).args(&examples);
    types.env("MYPYPATH", step::root().join(DEMONSTRATION));
    [format, lint, types].into_iter().try_for_each(step::run)
}

/// Runs tests from a directory in which no source lies, so that it is the package that is imported.
fn pytest(environment: &Environment, gateway: &Gateway, elsewhere: &Path, tests: &Path) -> Command {
    let mut command = environment.tool("pytest", &["-rs", "-p", "no:cacheprovider"]);
    command.arg(tests).current_dir(elsewhere);
    command.env("GOGS_SPANNER_SCENE", &gateway.scene).env("SPANNER", &gateway.spanner);
    command
}
