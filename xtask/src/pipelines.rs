//! The pipelines of the examples, against the schemas their systems publish.

use std::path::PathBuf;

use crate::{
    setup,
    step::{self, Failure, Outcome},
};

/// It carries the schemas, so that nothing is fetched while it checks.
const CHECK_JSONSCHEMA: &str = "check-jsonschema==0.39.0";

/// Each pipeline and its schema. For Jenkins and Woodpecker 0.15 there is none.
const PIPELINES: [(&str, &str); 4] = [
    ("drone.yml", "vendor.drone-ci"),
    ("woodpecker.yml", "vendor.woodpecker-ci"),
    ("gitlab-ci.yml", "vendor.gitlab-ci"),
    ("github-actions.yml", "vendor.github-workflows"),
];

/// Checks all of them.
pub(crate) fn run() -> Outcome {
    let tool = installed()?;
    for (pipeline, schema) in PIPELINES {
        println!("    {pipeline}");
        let mut check = step::command(&tool);
        check.args(["--builtin-schema", schema]).arg(step::root().join("examples/pipelines").join(pipeline));
        step::run(check)?;
    }
    Ok(())
}

/// The tool, in an environment of its own below the target directory.
fn installed() -> Result<PathBuf, Failure> {
    let home = step::root().join("target/tools/check-jsonschema");
    let tool = home.join("bin/check-jsonschema");
    if tool.is_file() {
        return Ok(tool);
    }
    println!("    installing {CHECK_JSONSCHEMA}");
    setup::provide_environments()?;
    let mut environment = step::command("python3");
    environment.args(["-m", "venv"]).arg(&home);
    step::run(environment)?;
    let mut install = step::command(home.join("bin/pip"));
    install.args(["install", "--quiet", CHECK_JSONSCHEMA]);
    step::run(install)?;
    Ok(tool)
}
