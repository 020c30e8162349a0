//! Every dependency is licensed as `deny.toml` allows, comes from crates.io, and is not one we keep out.
//!
//! `cargo deny` knows more but takes minutes to install, so the gate reads the same file and asks `cargo tree`, which
//! lists what is really compiled (`cargo metadata` also lists optional crates that no feature turns on);
//! `cargo xtask verify deny` runs the real thing.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::{
    licences,
    step::{self, Failure, Outcome, cargo},
};

/// What `deny.toml` says, as far as it is needed here.
struct Rules {
    targets: Vec<String>,
    allowed: BTreeSet<String>,
    /// Crate and the reason it is kept out.
    banned: BTreeMap<String, String>,
}

/// One line of `cargo tree`.
struct Package<'a> {
    name: &'a str,
    /// Path or Git address in brackets; crates.io says nothing.
    source: Option<&'a str>,
    licence: &'a str,
}

/// Checks the tree of every target we build for.
pub(crate) fn check() -> Outcome {
    let rules = rules()?;
    let mut wrong = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for target in &rules.targets {
        let tree = tree(target)?;
        for package in tree.lines().filter_map(parse) {
            seen.insert(package.name.to_owned());
            wrong.extend(fault(&package, &rules));
        }
    }
    if !wrong.is_empty() {
        return Err(Failure::Broken(wrong.into_iter().collect::<Vec<_>>().join("; ")));
    }
    println!("    {} crates: licences, sources and bans as deny.toml says", seen.len());
    Ok(())
}

fn tree(target: &str) -> Result<String, Failure> {
    let mut command = cargo(["tree", "--workspace", "--locked", "--prefix", "none", "--format", "{p}\t{l}"]);
    command.args(["--target", target]);
    step::read(command)
}

/// `name v1.2.3 (source)\tlicence`, where repeated crates end in ` (*)` and macros say `(proc-macro)`.
fn parse(line: &str) -> Option<Package<'_>> {
    let (package, licence) = line.split_once('\t')?;
    let mut words = package.split(' ');
    let name = words.next()?;
    let source = words.skip(1).find_map(|word| word.strip_prefix('(')?.strip_suffix(')'));
    let source = source.filter(|source| *source != "proc-macro");
    Some(Package { name, source, licence: licence.trim_end_matches(" (*)") })
}

fn fault(package: &Package<'_>, rules: &Rules) -> Option<String> {
    let Package { name, source, licence } = package;
    if let Some(reason) = rules.banned.get(*name) {
        return Some(format!("{name} is kept out: {reason}"));
    }
    if source.is_some_and(|source| !source.starts_with('/')) {
        return Some(format!("{name} does not come from crates.io"));
    }
    (!licences::allowed(licence, &rules.allowed)).then(|| format!("{name} is licensed {licence:?}"))
}

fn rules() -> Result<Rules, Failure> {
    let path = step::root().join("deny.toml");
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::Broken(format!("deny.toml: {error}")))?;
    let file: Table = text.parse().map_err(|error| Failure::Broken(format!("deny.toml: {error}")))?;
    let list = |section: &str, key: &str| -> Vec<Value> {
        file.get(section).and_then(|s| s.get(key)).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let texts =
        |section, key| list(section, key).iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    let text_of = |value: &Value, key| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Rules {
        targets: texts("graph", "targets"),
        allowed: texts("licenses", "allow").into_iter().collect(),
        banned: list("bans", "deny").iter().map(|ban| (text_of(ban, "crate"), text_of(ban, "reason"))).collect(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]
    use super::*;

    fn fault_of(line: &str) -> Option<String> {
        let rules = Rules {
            targets: Vec::new(),
            allowed: ["MIT".to_owned()].into(),
            banned: [("ring".to_owned(), "we have aws-lc".to_owned())].into(),
        };
        fault(&parse(line).unwrap(), &rules)
    }

    #[test]
    fn crates_of_ours_and_of_crates_io_pass() {
        for line in
            ["serde v1.0.1\tMIT", "serde v1.0.1\tMIT (*)", "ours v0.1.0 (/src/ours)\tMIT", "m v1.0.0 (proc-macro)\tMIT"]
        {
            assert_eq!(fault_of(line), None, "{line}");
        }
    }

    #[test]
    fn a_banned_crate_is_named_with_the_reason() {
        assert_eq!(fault_of("ring v0.17.14\tMIT").unwrap(), "ring is kept out: we have aws-lc");
    }

    #[test]
    fn a_crate_from_elsewhere_is_refused() {
        assert_eq!(fault_of("x v1.0.0 (https://example.com/x#12ab)\tMIT").unwrap(), "x does not come from crates.io");
    }

    #[test]
    fn a_licence_off_the_list_or_missing_is_refused() {
        assert!(fault_of("x v1.0.0\tGPL-3.0").is_some());
        assert!(fault_of("x v1.0.0\t").is_some());
    }

    #[test]
    fn the_checked_in_rules_are_read_in_full() {
        let rules = rules().unwrap();
        assert!(!rules.targets.is_empty());
        assert!(rules.allowed.contains("Apache-2.0"));
        assert!(rules.banned.values().all(|reason| !reason.is_empty()));
        assert!(rules.banned.contains_key("openssl"));
    }
}
