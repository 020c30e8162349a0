//! A refusal in the caller's terms. It says nothing of the forge: whether a repository exists is not told.

use gogs_spanner_capability::{Effect, Reason, Touch};

use crate::refuse::Refusal;

/// Findings that are listed of one effect; who reads more than a screen of them reads none.
const FINDINGS_SHOWN: usize = 20;
/// Characters of a path that are shown.
const PATH_SHOWN: usize = 200;

/// Says what was asked for and what stood against it; `beyond` is what it touches and may not.
pub(super) fn explain(reason: Reason, effect: &Effect, beyond: &[&Touch]) -> Refusal {
    let asked = match &effect.reference {
        Some(reference) => format!("`{}` on `{reference}` of `{}`", effect.action, effect.resource.as_str()),
        None => format!("`{}` on `{}`", effect.action, effect.resource.as_str()),
    };
    let places = places(beyond);
    let findings = findings(effect, beyond);
    let refusal = Refusal::new(reason);
    let refusal = if findings.is_empty() { refusal } else { refusal.truly(findings.join("; ")) };
    match reason {
        Reason::NotGranted => refusal.because(format!("no right to {asked}{places}")),
        Reason::Narrowed => refusal.because(format!("a caveat of this token forbids {asked}{places}")),
        Reason::PathsNotInspected => {
            refusal.because(format!("{asked} is limited to some paths, and which it touches is not known"))
        }
        _ => refusal,
    }
    .listing(effect, findings)
}

/// ` in `src/main.rs` and 2 more`
fn places(beyond: &[&Touch]) -> String {
    match beyond {
        [] => String::new(),
        [one] => format!(" in `{}`", short(one)),
        [first, more @ ..] => format!(" in `{}` and {} more", short(first), more.len()),
    }
}

/// A line for every path that would be written, and every commit that does; bounded.
fn findings(effect: &Effect, beyond: &[&Touch]) -> Vec<String> {
    if !effect.action.writes_ref() {
        return Vec::new();
    }
    let reference = effect.reference.as_ref().map_or_else(String::new, |reference| format!("{reference}: "));
    let line = |touch: &Touch, how: &str| format!("{reference}{} ({how})", short(touch));
    let of_touch = |touch: &&Touch| -> Vec<String> {
        if touch.commits.is_empty() {
            return vec![line(touch, "differs from what was there before")];
        }
        touch.commits.iter().map(|commit| line(touch, &format!("commit {commit}"))).collect()
    };
    let all: usize = beyond.iter().map(|touch| touch.commits.len().max(1)).sum();
    let mut lines: Vec<_> = beyond.iter().flat_map(of_touch).take(FINDINGS_SHOWN).collect();
    if all > lines.len() {
        lines.push(format!("{reference}and {} more", all - lines.len()));
    }
    lines
}

fn short(touch: &Touch) -> String {
    let path = touch.to_string();
    match path.char_indices().nth(PATH_SHOWN) {
        Some((end, _)) => format!("{}…", &path[..end]),
        None => path,
    }
}
