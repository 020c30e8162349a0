//! Somebody who follows a page to the letter, on a machine of their own.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    process::{Output, Stdio},
};

use tempfile::TempDir;
use tokio::process::Command;

use super::page::{Block, Page, Purpose};

/// `spanner`, which here lets `spanner serve` stay and goes on; a reader opens another terminal for it.
const SPANNER: &str = include_str!("spanner.sh");
/// Around each block of commands: what the one before left is there again.
const AROUND: &str = "set -euo pipefail\n[ ! -f \"$READER/environment\" ] || . \"$READER/environment\"\n";
const AFTER: &str = "\nexport -p > \"$READER/environment\"\n";

/// A reader: a home, what is called differently there, and what was started.
pub(crate) struct Reader {
    home: TempDir,
    /// Examples, and what stands here in their place.
    differs: Vec<(String, String)>,
    environment: BTreeMap<String, String>,
}

impl Reader {
    /// A reader with an empty home, and `spanner` at hand.
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().expect("a directory can be made");
        let reader = Self { home, differs: Vec::new(), environment: BTreeMap::new() };
        fs::create_dir_all(reader.home().join(".reader/bin")).expect("a directory can be made");
        reader.program("spanner", SPANNER).environment("SPANNER", env!("CARGO_BIN_EXE_spanner"))
    }

    /// What a page calls so is called otherwise here: its port is taken, its host is an example.
    #[must_use]
    pub(crate) fn calling(mut self, example: &str, here: &str) -> Self {
        self.differs.push((example.to_owned(), here.to_owned()));
        // The longest first: an example may be a part of another.
        self.differs.sort_by_key(|(example, _)| std::cmp::Reverse(example.len()));
        self
    }

    /// Has a variable set.
    #[must_use]
    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Has a program at hand.
    #[must_use]
    pub(crate) fn program(self, name: &str, script: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let file = self.home().join(".reader/bin").join(name);
        fs::write(&file, script).expect("a file can be written");
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("it may be run");
        self
    }

    /// Where it works.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file, as a reader has it before the page begins.
    pub(crate) fn has(&self, path: &str, text: &str) {
        self.write(Path::new(path), text, false);
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
            Purpose::File(path) => self.write(path, &text, false),
            Purpose::Append(path) => self.write(path, &text, true),
            Purpose::Says => says(&block.place, &text, &before),
            Purpose::Run | Purpose::Refused => return self.run(block, &text).await,
            Purpose::Shown(_) | Purpose::Picture => {}
        }
        before
    }

    fn write(&self, path: &Path, text: &str, more: bool) {
        let file = self.home().join(self.here(&path.display().to_string()));
        fs::create_dir_all(file.parent().expect("a file is in a directory")).expect("a directory can be made");
        let mut options = OpenOptions::new();
        options.create(true).append(more).truncate(!more).write(true);
        let written = options.open(&file).and_then(|mut file| file.write_all(text.as_bytes()));
        written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    async fn run(&self, block: &Block, text: &str) -> String {
        let output = self.shell(text).await;
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        let should = block.purpose == Purpose::Run;
        assert_eq!(
            output.status.success(),
            should,
            "{}: {}\n{text}\n{said}\n{}",
            block.place,
            output.status,
            self.log()
        );
        said
    }

    /// Runs commands as the blocks are run.
    #[expect(clippy::disallowed_methods, reason = "a reader types commands")]
    pub(crate) async fn shell(&self, text: &str) -> Output {
        let reader = self.home().join(".reader");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut bash = Command::new("bash");
        bash.arg("-c").arg(format!("{AROUND}{text}{AFTER}")).current_dir(self.home());
        bash.env_clear().env("PATH", format!("{}:{path}:/usr/sbin", reader.join("bin").display()));
        bash.env("HOME", self.home()).env("READER", &reader).env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
        bash.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_TERMINAL_PROMPT", "0").envs(&self.environment);
        for who in ["GIT_AUTHOR", "GIT_COMMITTER"] {
            bash.env(format!("{who}_NAME"), "reader").env(format!("{who}_EMAIL"), "reader@x.invalid");
        }
        bash.stdin(Stdio::null()).output().await.expect("there is a bash")
    }

    /// Starts a program that stays.
    pub(crate) async fn starts(&self, command: &str) {
        let stays = format!("{command} >> \"$READER/log\" 2>&1 &\necho $! >> \"$READER/started\"");
        assert!(self.shell(&stays).await.status.success(), "{command}");
    }

    /// What the programs that stay have printed.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.home().join(".reader/log")).unwrap_or_default()
    }
}

/// Ends what stayed, however the test ends.
impl Drop for Reader {
    #[expect(clippy::disallowed_methods, reason = "signals are sent with the program that is there for it")]
    fn drop(&mut self) {
        let started = fs::read_to_string(self.home().join(".reader/started")).unwrap_or_default();
        let ids: Vec<&str> = started.lines().collect();
        drop(std::process::Command::new("kill").args(ids).stderr(Stdio::null()).status());
    }
}

/// Insists that each line was printed, in order.
fn says(place: &str, expected: &str, said: &str) {
    let mut lines = said.lines();
    for wanted in expected.lines().filter(|line| !line.trim().is_empty()) {
        assert!(lines.any(|line| fits(wanted.trim(), line)), "{place}: `{wanted}` is not in:\n{said}");
    }
}

/// Whether a line is this one, where `…` stands for anything.
fn fits(wanted: &str, line: &str) -> bool {
    let line = line.trim();
    let mut parts = wanted.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}
