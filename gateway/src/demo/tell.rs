//! What the audience reads.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{Forge, Stage, stage::AGENT};

/// How wide a step's title is, so that the times stand below one another.
const TITLE: usize = 58;

pub(super) fn opening(stage: &Stage, forge: &Forge) {
    line(&format!("ours:      the gateway at {}, with an embedded store", stage.url()));
    let issuer = "an OpenID provider";
    match forge {
        Forge::Demonstration(_) => line(&format!("stand-ins: {}, and {issuer}\n", forge.described())),
        Forge::Live(_) => line(&format!("stand-in:  {issuer}; the forge is {}\n", forge.described())),
    }
}

/// One step, how long it took, and what was seen.
pub(super) fn step(number: usize, title: &str, took: Duration, seen: &[String]) {
    line(&format!("{number:>2}  {title:<TITLE$} {:>6} ms", took.as_millis()));
    for text in seen.iter().flat_map(|text| text.lines()) {
        line(&format!("      {text}"));
    }
}

/// Three lines to paste while the gateway stays up.
pub(super) fn invitation(stage: &Stage, forge: &Forge) {
    let spanner = std::env::current_exe().map_or_else(|_| "spanner".to_owned(), |path| path.display().to_string());
    let (url, repository, key, socket) = (stage.url(), forge.repository(), stage.key(), stage.socket());
    let get = format!("{spanner} token get --url {url} --agent {AGENT} --key-file {} --format git", key.display());
    let helper = format!(r#"!f() {{ test "$1" = get && {get}; }}; f"#);
    line("\nThe gateway stays up until Ctrl-C. A clone, a push that will be refused, and the trail of both:\n");
    line(&format!(
        "  git clone -c credential.helper= -c credential.helper='{helper}' {url}/{repository}.git try-spanner"
    ));
    line("  git -C try-spanner push origin HEAD:refs/heads/release");
    line(&format!("  {spanner} audit tail --socket {}", socket.display()));
}

fn line(text: &str) {
    // Nobody reading is no reason to stop.
    let _unread = writeln!(io::stdout().lock(), "{text}");
}
