//! The gate: what must hold for every change.

use crate::{
    dependencies, sdk, setup,
    step::{self, cargo},
    tally::Tally,
};

/// Runs every step, names what did not hold, and prints the tally as the last line. True if all of it held.
pub(crate) fn run() -> bool {
    let mut total = Tally::default();
    let mut failed = steps(&mut total);
    report(&total);
    if !total.skipped().is_empty() && on_ci() {
        failed.push("skipped tests, which CI does not forgive");
    }
    if !failed.is_empty() {
        println!("did not hold: {}", failed.join(", "));
    }
    println!("{total}");
    failed.is_empty() && total.holds()
}

/// The steps in order, the cheap ones first; the names of those that failed.
fn steps(total: &mut Tally) -> Vec<&'static str> {
    let outcomes = [
        ("set up", step::take("set up", setup::run)),
        ("format", step::take("format", || step::run(cargo(["fmt", "--all", "--check"])))),
        ("dependencies", step::take("dependencies", dependencies::check)),
        ("lints", step::take("lints", lints)),
        ("documentation", step::take("documentation", documentation)),
        ("tests", step::take("tests", || tests(total))),
        ("SDKs", step::take("SDKs", || sdk::test(total))),
    ];
    outcomes.into_iter().filter(|(_, held)| !held).map(|(name, _)| name).collect()
}

fn lints() -> step::Outcome {
    step::run(cargo(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
}

fn documentation() -> step::Outcome {
    let mut command = cargo(["doc", "--workspace", "--no-deps", "--locked"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    step::run(command)
}

/// Unit, integration and documentation tests, under the one profile everything is built with.
fn tests(total: &mut Tally) -> step::Outcome {
    step::count(cargo(["test", "--workspace", "--locked", "--no-fail-fast"]), total)
}

fn report(total: &Tally) {
    for skip in total.skipped() {
        println!("skipped {skip}");
    }
    if total.of_verify() > 0 {
        println!("{} more belong to cargo xtask verify", total.of_verify());
    }
}

fn on_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}
