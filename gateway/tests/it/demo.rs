//! The README's first command, as a new user would run it.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

/// What each step shows, in their order.
const STEPS: [&str; 12] = [
    " 1  an ID token becomes a token of ours",
    " 2  git clone",
    " 3  git push, to a branch it may write",
    "* [new branch]      HEAD -> agents/docs/hello",
    " 4  git push, to the default branch: refused",
    "remote: spanner: no right to `ref:update` on `refs/heads/master` of `acme/handbook` (not-granted)",
    " 5  a sub-agent gets less, offline",
    "(narrowed)",
    " 6  the same rules by REST",
    " 7  the token is revoked",
    "remote: spanner: the token was revoked (token-revoked)",
    " 8  the trail of all that",
];

/// A command with nothing of the machine's but its programs.
#[expect(clippy::disallowed_methods, reason = "the command itself is what is tested")]
fn command(program: &str, arguments: &[&str], directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(env::var_os("PATH").map(|path| ("PATH", path)));
    command.env("TMPDIR", directory).env("HOME", directory).current_dir(directory).stdin(Stdio::null());
    command
}

fn demo(arguments: &[&str], directory: &Path) -> Command {
    command(env!("CARGO_BIN_EXE_spanner"), &[&["demo"], arguments].concat(), directory)
}

fn shell(line: &str, directory: &Path) -> Output {
    command("sh", &["-c", line], directory).output().expect("there is a shell")
}

/// A show that stays up; it ends with the test, however that ends.
struct Show(Child);

impl Drop for Show {
    fn drop(&mut self) {
        drop(self.0.kill());
    }
}

fn is_empty(directory: &Path) -> bool {
    directory.read_dir().expect("the directory").next().is_none()
}

#[test]
fn the_show_does_every_step_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().expect("a directory");
    let shown = demo(&["--once"], directory.path()).output().expect("the command runs");
    let (text, complaint) = (String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    assert!(shown.status.success(), "{text}\n{complaint}");
    let mut rest = &*text;
    for line in STEPS {
        rest = rest.split_once(line).unwrap_or_else(|| panic!("`{line}` is missing in:\n{text}")).1;
    }
    assert!(text.ends_with("every step did what it should\n"), "{text}");
    assert!(!text.contains("gsp_") && complaint.is_empty(), "{complaint}");
    assert!(is_empty(directory.path()));
}

#[test]
fn programs_read_the_show_step_by_step() {
    let directory = tempfile::tempdir().expect("a directory");
    let shown = demo(&["--once", "--json"], directory.path()).output().expect("the command runs");
    let steps: Vec<serde_json::Value> =
        shown.stdout.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert_eq!(steps.len(), 8);
    assert!(steps.iter().all(|step| step["held"] == true), "{steps:?}");
}

#[test]
fn the_lines_to_paste_do_what_they_say_until_somebody_ends_the_show() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut show = Show(demo(&[], directory.path()).stdout(Stdio::piped()).spawn().expect("the command runs"));
    let [clone, push, tail] = lines_to_paste(&mut show.0);
    let cloned = shell(&clone, directory.path());
    assert!(cloned.status.success(), "{clone}: {}", String::from_utf8_lossy(&cloned.stderr));
    let pushed = shell(&push, directory.path());
    assert!(!pushed.status.success() && String::from_utf8_lossy(&pushed.stderr).contains("(not-granted)"), "{push}");
    let search = tail.replace("audit tail", "audit search --action ref:create --outcome refuse");
    let found = shell(&search, directory.path());
    assert!(String::from_utf8_lossy(&found.stdout).contains("refs/heads/release"), "{search}");
    shell(&format!("kill -INT {}", show.0.id()), directory.path());
    assert!(show.0.wait().expect("it ends").success());
    assert!(is_empty(directory.path()));
}

fn lines_to_paste(show: &mut Child) -> [String; 3] {
    let output = BufReader::new(show.stdout.take().expect("it is piped"));
    let lines = output.lines().map_while(Result::ok);
    let mut lines = lines.skip_while(|line| !line.starts_with("It stays up")).skip(2);
    std::array::from_fn(|_| lines.next().expect("a line to paste"))
}
