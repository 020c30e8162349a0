//! What the tests take from npm: Grafana's own types of a dashboard with the compiler that holds one against them, and a
//! certified OpenID provider for people to sign in at.

use std::{fs, path::Path};

use crate::step::{self, Failure, Outcome};

/// A directory below `target`, and what npm installs there, exactly these versions.
struct Set {
    name: &'static str,
    manifest: &'static str,
}

const SETS: &[Set] = &[
    Set {
        name: "grafana",
        manifest: r#"{
  "private": true,
  "type": "module",
  "dependencies": { "@grafana/schema": "13.2.3", "typescript": "7.0.2" }
}
"#,
    },
    Set {
        name: "oidc-provider",
        manifest: r#"{
  "private": true,
  "type": "module",
  "dependencies": { "oidc-provider": "9.13.3" }
}
"#,
    },
];

/// Installs them below `target`, unless these very ones are there. The tests know them by these names.
pub(super) fn install(target: &Path) -> Outcome {
    SETS.iter().try_for_each(|set| set.install(&target.join(set.name)))
}

impl Set {
    fn install(&self, directory: &Path) -> Outcome {
        let manifest = directory.join("package.json");
        let installed = directory.join("node_modules/.package-lock.json");
        if installed.is_file() && fs::read_to_string(&manifest).is_ok_and(|text| text == self.manifest) {
            return Ok(());
        }
        let written = fs::create_dir_all(directory).and_then(|()| fs::write(&manifest, self.manifest));
        written.map_err(|error| Failure::Broken(format!("the directory {}: {error}", self.name)))?;
        let mut npm = step::command("npm");
        npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(directory);
        step::run(npm)
    }
}
