//! The recorded git commands, run again by real git.

use gogs_spanner_fakes::forge::{Arrival, Forge};

use super::{
    recording::{Exchange, Step},
    replay::Replay,
};
use crate::shell::{Said, Shell};

/// What git does against the forge, and what of it differs.
pub(super) struct Clients<'a> {
    forge: &'a Forge,
    replay: &'a mut Replay,
    shell: &'a Shell,
    recording: &'static str,
}

impl<'a> Clients<'a> {
    pub(super) fn of(forge: &'a Forge, replay: &'a mut Replay, shell: &'a Shell) -> Self {
        Self { forge, replay, shell, recording: "" }
    }

    pub(super) async fn run(&mut self, recording: &'static str, steps: &[Step], exchanges: &[Exchange]) {
        self.recording = recording;
        for step in steps {
            self.prepare(step);
            self.forge.recorder().clear();
            let command = self.replay.bindings.filled(&step.command);
            let said = self.shell.git(folder(step), command.strip_prefix("git ").unwrap()).await;
            self.compare_words(step, &said);
            let expected = exchanges.iter().filter(|exchange| exchange.label == step.label);
            self.compare_exchanges(expected.collect(), &self.forge.recorder().arrivals());
        }
    }

    /// The recorded commands found a file to commit, the second commit found it changed, and the third a large one.
    fn prepare(&self, step: &Step) {
        match step.command.as_str() {
            "git add n.md" => self.shell.write("h/n.md", "n\n"),
            "git commit -qam m" => self.shell.write("h/n.md", "m\n"),
            "git add .gitattributes a.bin" => self.shell.write("h/a.bin", large_file()),
            _ => {}
        }
    }

    /// Exit code and what was printed, but for ids and the hints, which every version of git words anew.
    fn compare_words(&mut self, step: &Step, said: &Said) {
        let recorded = words(&self.replay.bindings.filled(&step.stderr));
        let actual = words(&said.stderr);
        if (step.exit, &recorded) != (said.exit, &actual) {
            let difference = format!("{}: {recorded:?} ended as {}: {actual:?}", step.exit, said.exit);
            self.replay.differences.push(format!("{}: {}: {difference}", self.recording, step.label));
        }
    }

    /// Every recorded exchange happened, in its order. A newer git may ask more often, so more may have.
    fn compare_exchanges(&mut self, expected: Vec<&Exchange>, arrivals: &[Arrival]) {
        let mut arrivals = arrivals.iter();
        for exchange in expected {
            if !arrivals.any(|arrival| is(exchange, arrival)) {
                let what =
                    format!("{} {} {}", exchange.request.method, exchange.request.path, exchange.response.status);
                let difference = format!("{}: {}: {what} did not happen", self.recording, exchange.label);
                self.replay.differences.push(difference);
                return;
            }
        }
    }
}

fn is(exchange: &Exchange, arrival: &Arrival) -> bool {
    let (request, response) = (&exchange.request, &exchange.response);
    let header = |name: &str| arrival.answer.get(name).map(|value| value.to_str().unwrap());
    request.method == arrival.method.as_str()
        && request.path == arrival.target
        && arrival.status.is_some_and(|status| status.as_u16() == response.status)
        && ["content-type", "www-authenticate", "lfs-authenticate"]
            .iter()
            .all(|name| response.header(name) == header(name))
}

/// Where a command ran: clones beside each other, the rest in the clone they are about.
fn folder(step: &Step) -> &'static str {
    match step.label.as_str() {
        "commit in the empty one" | "push with read rights" => "e",
        "pull the objects" => "lf",
        _ if step.command.starts_with("git clone") || step.command.starts_with("git ls-remote") => ".",
        _ => "h",
    }
}

/// Every byte there is, eight times.
fn large_file() -> Vec<u8> {
    (0..=u8::MAX).cycle().take(2048).collect()
}

/// What was printed, with abbreviated ids blanked and without hints.
fn words(printed: &str) -> String {
    let lines = printed.lines().filter(|line| !line.starts_with("hint:"));
    lines.map(blank).collect::<Vec<_>>().join("\n")
}

fn blank(line: &str) -> String {
    let separator = |letter: char| letter == ' ' || letter == '.' || letter == '+';
    let is_id = |word: &str| word.len() == 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    line.split_inclusive(separator)
        .map(|word| {
            let bare = word.trim_end_matches(separator);
            if is_id(bare) { word.replace(bare, "#######") } else { word.to_owned() }
        })
        .collect()
}
