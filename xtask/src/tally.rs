//! What the test runners said, summed.

use std::fmt;

/// How the reason of an ignored test begins when it belongs to `cargo xtask verify`: not in the gate, and not a skip.
const OF_VERIFY: &str = "cargo xtask verify";

/// How many tests passed, failed and were skipped, and why.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: Vec<String>,
    of_verify: u64,
}

impl Tally {
    /// Takes in one line of libtest's output (doc tests and unit tests print the same), of node's in TAP, or of pytest's.
    ///
    /// Passed and failed come from the closing lines of each binary or run; ignored ones from their own lines, where the
    /// reason stands.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.passed += counted(counts, "passed");
            self.failed += counted(counts, "failed");
        } else if let Some((passed, failed)) = of_node(line).or_else(|| of_pytest(line)) {
            self.passed += passed;
            self.failed += failed;
        } else if let Some(test) = skipped(line) {
            self.skipped.push(test.to_owned());
        } else if let Some((name, reason)) = ignored(line) {
            if reason.starts_with(OF_VERIFY) {
                self.of_verify += 1;
            } else {
                self.skipped.push(format!("{name}: {reason}"));
            }
        }
    }

    /// The tests that were skipped, each with its reason.
    pub(crate) fn skipped(&self) -> &[String] {
        &self.skipped
    }

    /// How many tests are held for `cargo xtask verify`.
    pub(crate) fn of_verify(&self) -> u64 {
        self.of_verify
    }

    /// Whether anything ran and nothing failed.
    pub(crate) fn holds(&self) -> bool {
        self.passed > 0 && self.failed == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped.len())
    }
}

/// The number before `word` in `ok. 3 passed; 0 failed; …`.
fn counted(counts: &str, word: &str) -> u64 {
    let mut words = counts.split([' ', ';', '.']).filter(|w| !w.is_empty()).peekable();
    while let Some(number) = words.next() {
        if words.peek() == Some(&word) {
            return number.parse().unwrap_or(0);
        }
    }
    0
}

/// What a closing line of node's test runner adds: `# pass 3`. A test that was cancelled has not passed.
fn of_node(line: &str) -> Option<(u64, u64)> {
    let (word, number) = line.strip_prefix("# ")?.split_once(' ')?;
    let number = number.parse().ok()?;
    match word {
        "pass" => Some((number, 0)),
        "fail" | "cancelled" => Some((0, number)),
        _ => None,
    }
}

/// What the closing line of pytest adds: `1 failed, 3 passed, 1 error in 0.52s`. A test that broke off has not passed.
fn of_pytest(line: &str) -> Option<(u64, u64)> {
    let (counts, time) = line.trim_matches(['=', ' ']).rsplit_once(" in ")?;
    // What took longer than a minute is told in hours, minutes and seconds besides: `76.01s (0:01:16)`.
    time.split(' ').next()?.strip_suffix('s')?.parse::<f64>().ok()?;
    let of = |words: &[&str]| words.iter().map(|word| counted(&counts.replace(',', ";"), word)).sum();
    Some((of(&["passed"]), of(&["failed", "error", "errors"])))
}

/// What a line of node's, `ok 2 - a push # SKIP no git`, or of pytest's, `SKIPPED [1] FILE: no git`, says was skipped.
fn skipped(line: &str) -> Option<&str> {
    let of_node = line.trim_start().strip_prefix("ok ").filter(|test| test.contains(" # SKIP"));
    of_node.or_else(|| line.strip_prefix("SKIPPED "))
}

/// Name and reason of `test NAME ... ignored, REASON`.
fn ignored(line: &str) -> Option<(&str, &str)> {
    let (name, verdict) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let reason = verdict.strip_prefix("ignored")?;
    Some((name, reason.strip_prefix(", ").unwrap_or("no reason given")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        for line in lines {
            tally.read(line);
        }
        tally
    }

    #[test]
    fn the_closing_lines_of_several_binaries_are_summed() {
        let tally = tally(&[
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.01s",
            "test result: FAILED. 39 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s",
        ]);
        assert_eq!(tally.to_string(), "42 passed, 2 failed, 0 skipped");
        assert!(!tally.holds());
    }

    #[test]
    fn an_ignored_test_is_a_skip_with_its_reason() {
        let tally =
            tally(&["test store::a_full_disk ... ignored, needs a tmpfs", "test src/lib.rs - x (line 3) ... ignored"]);
        assert_eq!(tally.skipped(), ["store::a_full_disk: needs a tmpfs", "src/lib.rs - x (line 3): no reason given"]);
    }

    #[test]
    fn nodes_tests_are_counted_by_their_closing_lines() {
        let closing = ["# tests 6", "# suites 0", "# pass 3", "# fail 1", "# cancelled 1", "# skipped 1", "# todo 0"];
        let tests = ["TAP version 13", "# Subtest: a call", "ok 1 - a call", "ok 2 - a push # SKIP no git"];
        let tally = tally(&[&tests[..], &closing].concat());
        assert_eq!(tally.to_string(), "3 passed, 2 failed, 1 skipped");
        assert_eq!(tally.skipped(), ["2 - a push # SKIP no git"]);
    }

    #[test]
    fn pytests_tests_are_counted_by_their_closing_lines() {
        let lines = [
            "........s..F   [100%]",
            "SKIPPED [1] tests/test_git.py:3: no git",
            "1 failed, 8 passed, 1 skipped, 2 errors in 29.13s",
            "150 passed, 1 warning in 0.43s",
            "2 passed in 76.01s (0:01:16)",
            "=========== 1 passed in 2.61s ===========",
        ];
        let tally = tally(&lines);
        assert_eq!(tally.to_string(), "161 passed, 3 failed, 1 skipped");
        assert_eq!(tally.skipped(), ["[1] tests/test_git.py:3: no git"]);
    }

    #[test]
    fn a_test_of_verify_is_not_a_skip() {
        let tally = tally(&["test live::a_clone ... ignored, cargo xtask verify live"]);
        assert!(tally.skipped().is_empty());
        assert_eq!(tally.of_verify(), 1);
    }

    #[test]
    fn what_a_test_prints_is_not_counted() {
        let tally = tally(&["test a ... ok", "  test result: ok. 9 passed; 0 failed", "9 passed, 9 failed, 9 skipped"]);
        assert_eq!(tally, Tally::default());
    }

    #[test]
    fn a_run_of_no_test_does_not_hold() {
        let tally = tally(&["test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out"]);
        assert!(!tally.holds());
    }
}
