//! Somebody who follows a page to the letter, on a machine of their own.

use std::{
    cmp::Reverse,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use gogs_spanner_testkit::{Host, Said};

use super::page::{Block, Page, Purpose};

/// `spanner`, which here lets `spanner serve` stay and goes on; a reader opens another terminal for it.
const SPANNER: &str = include_str!("spanner.sh");
/// `systemctl`, for pages that ask for it.
pub(super) const SYSTEMCTL: &str = include_str!("systemctl.sh");
/// Around each block of commands: what the one before left is there again, its variables and its directory.
const AROUND: &str = "set -euo pipefail\nREADER=$HOME/.reader\nexport READER PATH=$READER/bin:$PATH:/usr/sbin\n\
                      if [ -f \"$READER/environment\" ]; then . \"$READER/environment\"; cd \"$PWD\"; fi\n";
const AFTER: &str = "\nexport -p > \"$READER/environment\"\n";

/// A reader: a machine, what is called otherwise there, and what was started.
pub(crate) struct Reader {
    /// Before the machine: what runs there ends before its files go.
    _started: Started,
    host: Host,
    /// Examples, and what stands here in their place.
    differs: Vec<(String, String)>,
}

impl Reader {
    /// A reader with an empty home, and `spanner` and `git` at hand.
    pub(crate) fn new() -> Self {
        let binary = env!("CARGO_BIN_EXE_spanner");
        let mut host = Host::with(Path::new(binary)).variable("SPANNER", binary);
        for who in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            host =
                host.variable(&format!("{who}_NAME"), "reader").variable(&format!("{who}_EMAIL"), "reader@x.invalid");
        }
        fs::create_dir_all(host.path(".reader/bin")).expect("a directory can be made");
        let started = Started(host.path(".reader/started"));
        Self { _started: started, host, differs: Vec::new() }.program("spanner", SPANNER)
    }

    /// What a page calls so is called otherwise here: its port is taken, its host is an example.
    #[must_use]
    pub(crate) fn calling(mut self, example: &str, here: &str) -> Self {
        self.differs.push((example.to_owned(), here.to_owned()));
        // The longest first: an example may be a part of another.
        self.differs.sort_by_key(|(example, _)| Reverse(example.len()));
        self
    }

    /// Has a variable set.
    #[must_use]
    pub(crate) fn variable(self, name: &str, value: &str) -> Self {
        Self { host: self.host.variable(name, value), ..self }
    }

    /// Has a program at hand.
    #[must_use]
    pub(crate) fn program(self, name: &str, script: &str) -> Self {
        self.host.write(&format!(".reader/bin/{name}"), script, 0o755);
        self
    }

    /// The machine.
    pub(crate) const fn host(&self) -> &Host {
        &self.host
    }

    /// Its home, as text.
    pub(crate) fn home(&self) -> String {
        self.host.path("").display().to_string().trim_end_matches('/').to_owned()
    }

    /// The text as it is here.
    pub(crate) fn here(&self, text: &str) -> String {
        self.differs.iter().fold(text.to_owned(), |text, (example, here)| text.replace(example, here))
    }

    /// Follows a page from its beginning to its end.
    pub(crate) async fn follow(&self, page: &Page) {
        for (example, _) in &self.differs {
            assert!(page.text.contains(example), "the page does not say {example} any more");
        }
        let mut said = String::new();
        for block in &page.blocks {
            said = self.take(block, said).await;
        }
    }

    /// Takes one step. What it prints is what a block after it may look at.
    async fn take(&self, block: &Block, before: String) -> String {
        let text = self.here(&block.text);
        match &block.purpose {
            Purpose::File(path) => self.has(path, &text),
            Purpose::Append(path) => self.has(path, &(self.read(path) + &text)),
            Purpose::Says => says(&block.place, &text, &before),
            Purpose::Run => return self.run(block, &text, true).await,
            Purpose::Refused => return self.run(block, &text, false).await,
            Purpose::Shown(_) | Purpose::Picture => {}
        }
        before
    }

    /// Writes a file.
    pub(crate) fn has(&self, path: &str, text: &str) {
        let file = self.host.path(&self.here(path));
        fs::create_dir_all(file.parent().expect("a file is in a directory")).expect("a directory can be made");
        fs::write(&file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.host.path(&self.here(path))).unwrap_or_default()
    }

    async fn run(&self, block: &Block, text: &str, succeeds: bool) -> String {
        let Said { code, stdout, stderr } = self.shell(text).await;
        let said = stdout + &stderr;
        assert_eq!(code == 0, succeeds, "{}: it ended with {code}:\n{text}\n{said}\n{}", block.place, self.log());
        said
    }

    /// Runs commands as the blocks are run.
    pub(crate) async fn shell(&self, text: &str) -> Said {
        self.has(".reader/step", &format!("{AROUND}{text}{AFTER}"));
        self.host.shell("bash .reader/step").await
    }

    /// Starts a program that stays.
    pub(crate) async fn starts(&self, command: &str) {
        let stays = format!("{command} >> \"$READER/log\" 2>&1 &\necho $! >> \"$READER/started\"");
        self.shell(&stays).await.succeeds();
    }

    /// What the programs that stay have printed.
    fn log(&self) -> String {
        self.read(".reader/log")
    }
}

/// The file with the ids of what stayed, which ends with the test, however that ends.
struct Started(PathBuf);

impl Drop for Started {
    #[expect(clippy::disallowed_methods, reason = "signals are sent with the program that is there for it")]
    fn drop(&mut self) {
        let started = fs::read_to_string(&self.0).unwrap_or_default();
        drop(std::process::Command::new("kill").args(started.split_whitespace()).stderr(Stdio::null()).status());
    }
}

/// Insists that each line was printed, in order.
fn says(place: &str, expected: &str, said: &str) {
    let mut lines = said.lines();
    for wanted in expected.lines().filter(|line| !line.trim().is_empty()) {
        assert!(lines.any(|line| fits(wanted.trim(), line.trim())), "{place}: `{wanted}` is not in:\n{said}");
    }
}

/// Whether a line is this one, where `…` stands for anything.
fn fits(wanted: &str, line: &str) -> bool {
    let parts: Vec<&str> = wanted.split('…').collect();
    let [first, middle @ .., last] = &parts[..] else { return wanted == line };
    let inside = line.strip_prefix(first).and_then(|rest| rest.strip_suffix(last));
    middle
        .iter()
        .try_fold(inside, |rest, part| Some(rest?.split_once(part).map(|(_, after)| after)))
        .flatten()
        .is_some()
}

#[test]
fn a_line_fits_where_dots_stand_for_anything_and_nowhere_else() {
    assert!(fits("a…c…e", "abcde") && fits("…", "") && fits("abc", "abc") && fits("a…", "a"));
    for (wanted, line) in [("a…c", "abcd"), ("abc", "abcd"), ("a…x…e", "abcde"), ("ab…bc", "abc")] {
        assert!(!fits(wanted, line), "{wanted} {line}");
    }
}
