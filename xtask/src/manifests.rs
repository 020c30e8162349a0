//! The pipelines and manifests of the examples, against the schemas their systems publish.

use std::{ffi::OsStr, path::PathBuf};

use crate::{
    setup,
    step::{self, Failure, Outcome},
};

/// Tools that carry the schemas, so that nothing is fetched while they check.
const TOOLS: [&str; 2] = ["check-jsonschema==0.39.0", "kubernetes-validate==1.37.0"];

/// Each file of the examples and its schema. For Jenkins and Woodpecker 0.15 there is none.
const SCHEMAS: [(&str, &str); 5] = [
    ("pipelines/drone.yml", "vendor.drone-ci"),
    ("pipelines/woodpecker.yml", "vendor.woodpecker-ci"),
    ("pipelines/gitlab-ci.yml", "vendor.gitlab-ci"),
    ("pipelines/github-actions.yml", "vendor.github-workflows"),
    ("compose/compose.yaml", "vendor.compose-spec"),
];

/// Manifests of Kubernetes; `kustomization.yaml` is for `kubectl` alone and has no schema there.
const MANIFESTS: [&str; 2] = ["kubernetes/gateway.yaml", "kubernetes/agent.yaml"];

/// Checks all of them.
pub(crate) fn run() -> Outcome {
    let tools = installed()?;
    let example = |file: &str| step::root().join("examples").join(file);
    for (file, schema) in SCHEMAS {
        println!("    {file}");
        let mut check = step::command(tools.join("check-jsonschema"));
        check.args([OsStr::new("--builtin-schema"), OsStr::new(schema)]).arg(example(file));
        step::run(check)?;
    }
    for file in MANIFESTS {
        println!("    {file}");
        let mut check = step::command(tools.join("kubernetes-validate"));
        check.arg("--strict").arg(example(file));
        step::run(check)?;
    }
    Ok(())
}

/// The tools, in an environment of their own below the target directory.
fn installed() -> Result<PathBuf, Failure> {
    let home = step::root().join("target/tools/manifests");
    let tools = home.join("bin");
    if tools.join("kubernetes-validate").is_file() {
        return Ok(tools);
    }
    println!("    installing {}", TOOLS.join(", "));
    setup::provide_environments()?;
    let mut environment = step::command("python3");
    environment.args(["-m", "venv"]).arg(&home);
    step::run(environment)?;
    let mut install = step::command(tools.join("pip"));
    install.args(["install", "--quiet"]).args(TOOLS);
    step::run(install)?;
    Ok(tools)
}
