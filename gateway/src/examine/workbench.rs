//! Repositories for tests, made by the git the gateway itself runs.

use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gogs_spanner_capability::{AgentName, RefName};
use gogs_spanner_gitwire::{ObjectId, RefUpdate};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::process::{Git, Job};

const TIME: Duration = Duration::from_secs(30);
/// More than any pack of a test has.
const MOST: usize = 64 << 20;

/// A directory with one repository, `work`, on the branch `main`.
pub(super) struct Workbench {
    pub(super) directory: TempDir,
    pub(super) git: Git,
}

impl Workbench {
    pub(super) async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let git = Git::new(directory.path());
        let bench = Self { directory, git };
        bench.run(&["init", "-q", "-b", "main", "work"], b"").await;
        bench
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs git, which must succeed.
    pub(super) async fn run(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let job = Job::new(arguments.iter().copied(), TIME).inside(self.directory.path()).reading(file(input));
        let job = job.answering_at_most(MOST);
        let person = |key: &str| (format!("user.{key}"), Zeroizing::new("a@example.com".to_owned()));
        let (name, email) = (person("name"), person("email"));
        let finished = self.git.run(job.configure(name.0, name.1).configure(email.0, email.1)).await.expect("git runs");
        assert_eq!(finished.code, 0, "git {arguments:?}: {}", finished.complaint);
        finished.output
    }

    /// A commit on the current branch of `work` that changes a file of some lines.
    pub(super) async fn commit(&self, message: &str) -> ObjectId {
        let lines = "a line of a file that the next commit has too\n".repeat(500);
        fs::write(self.path("work/file"), format!("{lines}{message}\n")).expect("a file");
        self.run(&["-C", "work", "add", "file"], b"").await;
        self.run(&["-C", "work", "commit", "-q", "-m", message], b"").await;
        let output = self.run(&["-C", "work", "rev-parse", "HEAD"], b"").await;
        ObjectId::parse(output.trim_ascii_end()).expect("an id")
    }

    /// The pack git would push of these revisions.
    pub(super) async fn pack(&self, revisions: &[String]) -> Vec<u8> {
        let revisions = revisions.join("\n") + "\n";
        self.run(&["-C", "work", "pack-objects", "-q", "--revs", "--thin", "--stdout"], revisions.as_bytes()).await
    }

    /// Copies what `work` has now to `NAME`, a bare repository.
    pub(super) async fn publish(&self, name: &str) {
        copy(&self.path("work/.git"), &self.path(name));
        self.run(&["--git-dir", name, "config", "core.bare", "true"], b"").await;
    }
}

/// Whose pushes they are.
pub(super) fn agent() -> AgentName {
    "docs-writer".parse().expect("a name")
}

/// An update of a ref.
pub(super) fn update(name: &str, old: ObjectId, new: ObjectId) -> RefUpdate {
    RefUpdate { old, new, name: RefName::parse(name).expect("a ref name") }
}

fn file(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(content).expect("written");
    file.rewind().expect("rewound");
    file
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
