//! A real Keycloak, from Maven Central, below `keycloak` in the target directory: where machines and people come from in
//! the tests of `verify providers`.

use std::{fs, io, path::Path};

use crate::{
    setup::{self, Tool},
    step::{self, Failure, Outcome},
};

const VERSION: &str = "26.7.3";
const COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";
const TOOLS: &[Tool] = &[
    Tool { program: "java", package: "default-jre-headless" },
    Tool { program: "mvn", package: "maven" },
    Tool { program: "unzip", package: "unzip" },
];
/// Says which version is ready; the last thing that is written.
const READY: &str = "ready";

/// Unpacks it and makes it ready to start, unless this very version is.
pub(crate) fn provide() -> Outcome {
    setup::provide(TOOLS)?;
    let home = step::target().join("keycloak");
    if fs::read_to_string(home.join(READY)).is_ok_and(|version| version == VERSION) {
        return Ok(());
    }
    println!("    fetching Keycloak {VERSION}, once; it has 180 MB");
    unpack(&home)?;
    // What cannot be told at the start: done here, so that no two starts do it at once.
    let mut build = step::command(home.join("bin/kc.sh"));
    build.args(["build", "--db=dev-mem"]).stdout(std::process::Stdio::null());
    step::run(build)?;
    wrote(fs::write(home.join(READY), VERSION))
}

/// The archive has one directory, called by the version.
fn unpack(home: &Path) -> Outcome {
    let fetched = home.with_extension("fetched");
    let mut maven = step::command("mvn");
    maven.args(["--quiet", "--batch-mode", COPY]);
    maven.arg(format!("-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"));
    maven.arg(format!("-DoutputDirectory={}", fetched.display()));
    step::run(maven)?;
    let mut unzip = step::command("unzip");
    unzip.args(["-q", "-o"]).arg(fetched.join(format!("keycloak-quarkus-dist-{VERSION}.zip"))).arg("-d").arg(&fetched);
    step::run(unzip)?;
    match fs::remove_dir_all(home) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return wrote(Err(error)),
        _ => {}
    }
    wrote(fs::rename(fetched.join(format!("keycloak-{VERSION}")), home).and_then(|()| fs::remove_dir_all(&fetched)))
}

fn wrote(result: io::Result<()>) -> Outcome {
    result.map_err(|error| Failure::Broken(format!("Keycloak's directory: {error}")))
}
