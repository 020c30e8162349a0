//! The README's first command, as a new user would run it.

use std::{env, process::Command};

#[test]
#[expect(clippy::disallowed_methods, reason = "the command itself is what is tested")]
fn the_show_does_every_step_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().expect("a directory");
    let shown = Command::new(env!("CARGO_BIN_EXE_spanner"))
        .args(["demo", "--once"])
        .env_clear()
        .envs(env::var_os("PATH").map(|path| ("PATH", path)))
        .env("TMPDIR", directory.path())
        .output()
        .expect("the command runs");
    let (text, complaint) = (String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    assert!(shown.status.success(), "{text}\n{complaint}");
    let wanted = [
        "1  an ID token becomes a token of ours",
        "2  git clone",
        "3  git push, to a branch it may write",
        "4  git push, to the default branch: refused",
        "remote: spanner: no right to `ref:update` on `refs/heads/master` of `acme/handbook` (not-granted)",
        "5  a sub-agent gets less, offline",
        "(narrowed)",
        "6  the same rules by REST",
        "7  the token is revoked",
        "remote: spanner: the token was revoked (token-revoked)",
        "8  the trail of all that",
        "every step did what it should",
    ];
    for line in wanted {
        assert!(text.contains(line), "`{line}` is missing in:\n{text}");
    }
    assert!(!text.contains("gsp_") && !complaint.contains("gsp_"), "a token is shown");
    let left: Vec<_> = directory.path().read_dir().expect("the directory").collect();
    assert!(left.is_empty(), "{left:?}");
}
