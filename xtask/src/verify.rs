//! What the gate leaves out: checks that take long, or need something a fresh machine has not.

use crate::{
    clients, fuzz, keycloak, manifests, sdk, setup,
    step::{self, Failure, Outcome, cargo},
    tally::Tally,
    targets,
};

/// The version the check of dependencies is pinned to.
const CARGO_DENY: &str = "0.20.2";

/// A check of its own.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Check {
    /// The gateway before a real Gogs: `GOGS_BIN` names its binary
    Live,
    /// Programs nobody here wrote, each at its pinned version; before a real Gogs too where `GOGS_BIN` names one
    Clients,
    /// A real Keycloak: its word for machines, and its people
    Providers,
    /// Pushes and clones larger than what the gateway may hold in memory
    Large,
    /// Hostile input against the program, with a recording upstream behind it; the gate plays it too
    Hostile,
    /// The SDKs, each installed from its package and tested in its own language; the gate does it too
    Sdks,
    /// The fuzz targets, each for three minutes, by cargo-fuzz
    Fuzz,
    /// The pipelines and manifests of the examples against their systems' schemas
    Manifests,
    /// What an agent's machine needs, compiled for arm64 Linux, Windows and macOS as far as this machine can
    Targets,
    /// Licences, sources, bans and published advisories of every dependency, by cargo-deny
    Deny,
}

impl Check {
    const ALL: [Self; 10] = [
        Self::Live,
        Self::Clients,
        Self::Providers,
        Self::Large,
        Self::Hostile,
        Self::Sdks,
        Self::Fuzz,
        Self::Manifests,
        Self::Targets,
        Self::Deny,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Clients => "clients",
            Self::Providers => "providers",
            Self::Large => "large",
            Self::Hostile => "hostile",
            Self::Sdks => "sdks",
            Self::Fuzz => "fuzz",
            Self::Manifests => "manifests",
            Self::Targets => "targets",
            Self::Deny => "deny",
        }
    }
}

/// Runs one check, or all of them. True if all held.
pub(crate) fn run(chosen: Option<Check>) -> bool {
    let mut total = Tally::default();
    let checks = chosen.map_or_else(|| Check::ALL.to_vec(), |check| vec![check]);
    let failed = checks.into_iter().filter(|check| !take(*check, &mut total)).count();
    println!("{total}");
    failed == 0
}

fn take(check: Check, total: &mut Tally) -> bool {
    step::take(check.name(), || match check {
        Check::Live => live(total),
        Check::Clients => clients::provide().and_then(|()| helper()).and_then(|()| ignored("clients::", total)),
        Check::Providers => providers(total),
        Check::Large => ignored("large::", total),
        Check::Hostile => hostile(),
        Check::Sdks => sdk::test(total),
        Check::Fuzz => fuzz::run(),
        Check::Manifests => manifests::run(),
        Check::Targets => targets::run(),
        Check::Deny => deny(),
    })
}

/// The stories of the integration suite's module `live`, and what of the SDKs reaches a forge.
fn live(total: &mut Tally) -> Outcome {
    if std::env::var_os("GOGS_BIN").is_none_or(|path| path.is_empty()) {
        return Err(Failure::Broken("GOGS_BIN is not set: it names the Gogs binary to stand before".to_owned()));
    }
    setup::run()?;
    ignored("live::", total)?;
    sdk::live(total)
}

/// People sign in there with a browser, at a terminal: what the gate needs is needed too.
fn providers(total: &mut Tally) -> Outcome {
    setup::run()?;
    keycloak::provide()?;
    ignored("providers::", total)
}

/// The tests of one module of the integration suite, which are marked `#[ignore = "cargo xtask verify …"]`. With the features
/// of the whole workspace, as the gate has them, so that nothing is compiled twice.
fn ignored(module: &str, total: &mut Tally) -> Outcome {
    let arguments = ["test", "--locked", "--workspace", "--test", "it", "--", "--ignored", module];
    step::count(cargo(arguments), total)?;
    if total.holds() { Ok(()) } else { Err(Failure::Broken(format!("no test of {module} ran"))) }
}

/// The credential helper, which stands beside `spanner` where the tests look for it.
fn helper() -> Outcome {
    step::run(cargo(["build", "--locked", "--package", "gogs-spanner", "--package", "gogs-spanner-git-credential"]))
}

/// The suite of `load-tests/hostile`, by itself, with what it says class by class.
fn hostile() -> Outcome {
    step::run(cargo(["build", "--locked", "--package", "gogs-spanner", "--package", "gogs-spanner-hostile"]))?;
    step::run(cargo(["run", "--locked", "--package", "gogs-spanner-hostile"]))
}

fn deny() -> Outcome {
    installed("cargo-deny", CARGO_DENY)?;
    step::run(cargo(["deny", "--locked", "check", "bans", "licenses", "sources"]))
}

/// A subcommand of cargo, which is installed where it is missing.
pub(crate) fn installed(name: &str, version: &str) -> Outcome {
    if step::command(name).arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    println!("    installing {name} {version}");
    step::run(cargo(["install", "--locked", name, "--version", version]))
}
