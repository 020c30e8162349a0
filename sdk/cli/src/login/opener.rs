//! The browser at hand, if there is one: what `BROWSER` names, or what the system opens pages with.

use std::{
    env,
    ffi::OsString,
    process::{Command, Stdio},
};

/// A program that shows a page to whoever sits here.
pub(super) struct Opener {
    program: OsString,
    arguments: Vec<String>,
}

/// Looks for one. A machine without a display has none, unless somebody says so.
pub(super) fn find() -> Option<Opener> {
    let said = env::var("BROWSER").ok().and_then(|line| of_line(&line));
    said.or_else(|| system().map(|program| Opener { program: program.into(), arguments: Vec::new() }))
}

impl Opener {
    /// Opens a page; says whether a program for it could be started.
    #[expect(clippy::disallowed_methods, reason = "the one program a person's own command starts, and it is hers")]
    pub(super) fn open(&self, page: &str) -> bool {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().is_ok()
    }
}

/// The first of several, with its arguments; the page goes behind them.
fn of_line(line: &str) -> Option<Opener> {
    let first = line.split(':').find(|one| !one.trim().is_empty())?;
    let mut words = first.split_whitespace().filter(|word| *word != "%s").map(str::to_owned);
    Some(Opener { program: words.next()?.into(), arguments: words.collect() })
}

#[cfg(target_os = "macos")]
fn system() -> Option<&'static str> {
    Some("open")
}

#[cfg(windows)]
fn system() -> Option<&'static str> {
    Some("explorer")
}

#[cfg(not(any(target_os = "macos", windows)))]
fn system() -> Option<&'static str> {
    const PROGRAM: &str = "xdg-open";
    let has_display =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = env::split_paths(&path).any(|directory| directory.join(PROGRAM).is_file());
    (has_display && is_there).then_some(PROGRAM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_browser_of_a_line_is_taken_with_its_arguments() {
        let opener = of_line("firefox --new-window %s:chromium").expect("one is named");
        assert_eq!(
            (opener.program.as_os_str(), opener.arguments),
            ("firefox".as_ref(), vec!["--new-window".to_owned()])
        );
        assert!(of_line("").is_none() && of_line(" : ").is_none());
    }
}
