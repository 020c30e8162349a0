//! `docs/reference/doctor.md`, generated from the list.

use std::{env, fmt::Write as _, fs, path::Path};

use super::CHECKS;

const PREAMBLE: &str = "\
# What `spanner doctor` asks

Generated from the list in `gateway/src/doctor.rs`; `UPDATE=1 cargo test -p gogs-spanner reference` writes it anew.

It asks all of this, prints each bad answer with its evidence and its mend, and ends with 1 if there was any. `fine` means that nothing is
wrong; what could not be asked is said, with the reason. `--json` prints one object: `gogs`, `findings`, `unchecked`. Of Gogs it changes nothing
but this: each agent's account gets another password, which nobody knows, because Gogs lists an account's tokens to nobody else (a website or
location somebody gave it is blanked by that).

Give it `--gogs-config FILE`, Gogs's `app.ini`, for what only that file says, and `--gogs-version` where a Gogs of your own build does not
tell its version.

| check | asks | a bad answer is | mend |
|---|---|---|---|
";

fn reference() -> String {
    let mut text = PREAMBLE.to_owned();
    for check in CHECKS {
        writeln!(text, "| `{}` | {} | {} | {} |", check.id, check.asks, check.severity.word(), check.mend)
            .expect("a String takes everything");
    }
    text
}

#[test]
fn the_reference_says_what_the_doctor_asks() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/doctor.md");
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, reference()).expect("the reference can be written");
    }
    let written = fs::read_to_string(&path).expect("docs/reference/doctor.md is there");
    assert_eq!(written, reference(), "run it with UPDATE=1");
}
