//! The TypeScript SDK, by npm, `tsc` and node's test runner.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    sdk::{Gateway, broken, clear, copy, files},
    step::{self, Failure, Outcome},
    tally::Tally,
};

/// What the tests are written in, in the versions the SDK itself is built with.
const COMPILER: [&str; 2] = ["typescript", "@types/node"];
/// What the SDK uses where it is there, in the versions it says; the first loads under the flag alone on Node 20.
const PEERS: [(&str, &str); 2] = [("@biscuit-auth/biscuit-wasm", "0.6.0"), ("@opentelemetry/api", "1.10.0")];
const FLAG: &str = "--experimental-wasm-modules";
/// The tests that come out differently with them.
const WITH_PEERS: [&str; 3] = ["gateway", "token", "trace"];

/// The tests in which something reaches the forge, and the one that brings a demonstration of its own.
const REACHING: [&str; 2] = ["gateway", "readme"];
const OF_THE_DEMONSTRATION: &str = "alone";
/// The examples, and what they start a demonstration with.
const EXAMPLES: [&str; 4] =
    ["demonstration-typescript", "review-agent-typescript", "delegation-typescript", "tool-use"];
/// What directs the gateway that the examples are tested with.
const DIRECTING: [&str; 2] = ["scene.ts", "clock.ts"];

/// Packs it, and tests what was packed: all of it in an empty project, once more what may use other packages beside those,
/// and the examples.
pub(super) fn test(gateway: &Gateway, total: &mut Tally) -> Outcome {
    let home = step::target().join("sdk/typescript");
    let tarball = pack(&home.join("package"))?;
    let alone = Project::of_tests(home.join("alone"), &tarball, &[])?;
    let beside = Project::of_tests(home.join("beside"), &tarball, &PEERS)?;
    let examples = Project::of_examples(home.join("examples"), &tarball)?;
    // A run that fails says so in its own lines; the next is worth as much.
    let flagged = [("NODE_OPTIONS", FLAG), ("NODE_NO_WARNINGS", "1"), ("EXPECT_OFFLINE", "yes")];
    let runs = [
        alone.test(gateway, |_| true, &[], total),
        beside.test(gateway, |name| WITH_PEERS.contains(&name), &flagged, total),
        examples.test(gateway, |_| true, &[], total),
    ];
    runs.into_iter().collect()
}

/// Tests before a Gogs what reaches a forge.
pub(super) fn live(gateway: &Gateway, total: &mut Tally) -> Outcome {
    let home = step::target().join("sdk/typescript");
    let tarball = pack(&home.join("package"))?;
    let alone = Project::of_tests(home.join("alone"), &tarball, &[])?;
    let examples = Project::of_examples(home.join("examples"), &tarball)?;
    let live = [("GOGS_SPANNER_SCENE_FORGE", "live")];
    let runs = [
        alone.test(gateway, |name| REACHING.contains(&name), &live, total),
        examples.test(gateway, |name| name != OF_THE_DEMONSTRATION, &live, total),
    ];
    runs.into_iter().collect()
}

/// Builds the package with the tools its lock names, below the target directory.
fn pack(directory: &Path) -> Result<PathBuf, Failure> {
    let sources = step::root().join("sdk/typescript");
    clear(directory)?;
    copy(&sources, directory)?;
    step::run(npm(directory, &["ci", "--ignore-scripts"]))?;
    is_formatted(directory)?;
    step::run(installed(directory, "tsc", &[]))?;
    is_licensed(&sources)?;
    let packed = step::read(npm(directory, &["pack", "--ignore-scripts", "--silent"]))?;
    Ok(directory.join(packed.trim()))
}

/// The SDK and the examples, by the settings of the one.
fn is_formatted(directory: &Path) -> Outcome {
    let examples = EXAMPLES.map(|name| step::root().join("examples").join(name).join("**/*.{ts,mjs,json}"));
    let mut prettier =
        installed(directory, "prettier", &["--check", "--log-level=warn", "--config", ".prettierrc.json", "."]);
    prettier.args(examples);
    step::run(prettier)
}

/// A package carries the licence itself; npm packs no link to it.
fn is_licensed(sources: &Path) -> Outcome {
    let read = |path: PathBuf| fs::read(path).ok();
    let licence = read(step::root().join("LICENSE"));
    if licence.is_some() && licence == read(sources.join("LICENSE")) {
        return Ok(());
    }
    Err(Failure::Broken("sdk/typescript/LICENSE is not the LICENSE of the project".to_owned()))
}

/// A project that has the package installed, and tests.
struct Project(PathBuf);

impl Project {
    /// The SDK's own tests.
    fn of_tests(directory: PathBuf, tarball: &Path, peers: &[(&str, &str)]) -> Result<Self, Failure> {
        let sources = step::root().join("sdk/typescript");
        let project = Self::empty(directory, tarball, peers)?;
        copy(&sources.join("test"), &project.0.join("test"))?;
        copy(&step::root().join("sdk/vectors"), &project.0.join("vectors"))?;
        project.take(&sources.join("tsconfig.json"), "tsconfig.json")?;
        step::run(installed(&project.0, "tsc", &["--project", "test"]))?;
        Ok(project)
    }

    /// The examples with their tests, where they stand to one another as in the repository.
    fn of_examples(directory: PathBuf, tarball: &Path) -> Result<Self, Failure> {
        let project = Self::empty(directory, tarball, &[])?;
        for example in EXAMPLES.map(|name| format!("examples/{name}")) {
            copy(&step::root().join(&example), &project.0.join(example))?;
        }
        for file in DIRECTING.map(|name| format!("sdk/typescript/test/{name}")) {
            project.take(&step::root().join(&file), &file)?;
        }
        let options = json!({ "rootDir": ".", "outDir": "build" });
        let settings = json!({
            "extends": "./examples/tool-use/tsconfig.json", "compilerOptions": options, "include": ["examples", "sdk"],
        });
        project.write("tsconfig.json", &settings.to_string())?;
        step::run(installed(&project.0, "tsc", &[]))?;
        Ok(project)
    }

    fn empty(directory: PathBuf, tarball: &Path, peers: &[(&str, &str)]) -> Result<Self, Failure> {
        clear(&directory)?;
        let project = Self(directory);
        project.write("package.json", &manifest(tarball, peers)?.to_string())?;
        step::run(npm(&project.0, &["install", "--ignore-scripts"]))?;
        Ok(project)
    }

    /// Runs the tests whose files have a name like that.
    fn test(
        &self,
        gateway: &Gateway,
        is_meant: impl Fn(&str) -> bool,
        environment: &[(&str, &str)],
        total: &mut Tally,
    ) -> Outcome {
        let all = files(&self.0.join("build"))?;
        let name =
            |file: &Path| file.file_name().and_then(|name| name.to_str()?.strip_suffix(".test.js").map(str::to_owned));
        let meant = all.into_iter().filter(|file| name(file).is_some_and(|name| is_meant(&name)));
        let mut node = step::command("node");
        node.args(["--test", "--test-reporter=tap"]).args(meant).current_dir(&self.0);
        node.env("GOGS_SPANNER_SCENE", &gateway.scene).env("SPANNER", &gateway.spanner);
        node.env("GOGS_SPANNER_TREE", step::root()).env("CARGO_TARGET_DIR", step::target());
        node.envs(environment.iter().copied());
        step::count(node, total)
    }

    fn take(&self, file: &Path, name: &str) -> Outcome {
        let text = fs::read_to_string(file).map_err(|error| broken(file, &error))?;
        self.write(name, &text)
    }

    fn write(&self, name: &str, text: &str) -> Outcome {
        let file = self.0.join(name);
        let folder = file.parent().unwrap_or(&self.0);
        fs::create_dir_all(folder).and_then(|()| fs::write(&file, text)).map_err(|error| broken(&file, &error))
    }
}

fn manifest(tarball: &Path, peers: &[(&str, &str)]) -> Result<Value, Failure> {
    let file = step::root().join("sdk/typescript/package.json");
    let text = fs::read_to_string(&file).map_err(|error| broken(&file, &error))?;
    let package: Value = serde_json::from_str(&text).map_err(|error| broken(&file, &error))?;
    let mut dependencies = json!({ "@gogs-spanner/sdk": format!("file:{}", tarball.display()) });
    for name in COMPILER {
        dependencies[name] = package["devDependencies"][name].clone();
    }
    for (name, version) in peers {
        dependencies[name] = (*version).into();
    }
    Ok(json!({ "private": true, "type": "module", "dependencies": dependencies }))
}

fn npm(directory: &Path, arguments: &[&str]) -> Command {
    let mut npm = step::command("npm");
    npm.args(arguments).args(["--no-audit", "--no-fund", "--loglevel=error"]).current_dir(directory);
    npm
}

/// A program that npm installed there.
fn installed(directory: &Path, name: &str, arguments: &[&str]) -> Command {
    let mut program = step::command(directory.join("node_modules/.bin").join(name));
    program.args(arguments).current_dir(directory);
    program
}
