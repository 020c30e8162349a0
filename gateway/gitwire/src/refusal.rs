//! Refusals in git's own words, so that the person or agent at the other end reads them in git's output.

use std::collections::HashMap;
use std::fmt;

use bytes::{Bytes, BytesMut};
use gogs_spanner_capability::RefName;

use crate::commands::Commands;
use crate::pkt_line::{self, FLUSH};
use crate::sideband::{self, Band};

/// What is said of a ref that would have been allowed: one forbidden ref and nothing goes.
const NOT_ATTEMPTED: &str = "not attempted: another ref was refused";

/// Characters of a text shown to the caller; a refusal is a few lines.
const MAX_TEXT: usize = 8 * 1024;

/// Characters of the reason behind one ref, which git prints on the ref's own line.
const MAX_REASON: usize = 512;

/// The two services of smart HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Clone and fetch.
    UploadPack,
    /// Push.
    ReceivePack,
}

impl Service {
    /// The name in paths, queries and content types.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An answer to `info/refs` that makes git stop with `fatal: remote error: TEXT`.
///
/// It is a 200 of the content type `application/x-SERVICE-advertisement`; git shows the body of no other status whole.
pub fn advertisement_error(service: Service, text: &str) -> Bytes {
    let mut out = BytesMut::new();
    pkt_line::write(&mut out, format!("# service={service}\n").as_bytes());
    out.extend_from_slice(FLUSH);
    out.extend_from_slice(&error_packet(text));
    out.freeze()
}

/// The packet at which git stops with `fatal: remote error: TEXT`, wherever it waits for one. gitprotocol-pack(5),
/// "error-line".
pub fn error_packet(text: &str) -> Bytes {
    pkt_line::packet(format!("ERR {}", printable(text, MAX_TEXT)).as_bytes())
}

/// An answer to a push that refuses every ref: those in `refused` for their own reason, the others because of them.
///
/// It is a 200 of the content type `application/x-git-receive-pack-result`. `message` is printed behind `remote: `,
/// line by line. It takes the channels the caller asked for: without `side-band-64k` the message is lost and the
/// reasons remain; without `report-status` the message becomes the fatal text of the answer.
pub fn refuse_push(commands: &Commands, refused: &[(RefName, String)], message: &str) -> Bytes {
    let asked = &commands.capabilities;
    let reports = asked.has("report-status") || asked.has("report-status-v2");
    let mut out = BytesMut::new();
    match (asked.has("side-band-64k"), reports) {
        (true, true) => {
            sideband::write(&mut out, Band::Progress, &lines(message));
            sideband::write(&mut out, Band::Content, &report(commands, refused));
            out.extend_from_slice(FLUSH);
        }
        (true, false) => {
            sideband::write(&mut out, Band::Fatal, &lines(message));
            out.extend_from_slice(FLUSH);
        }
        (false, true) => out.extend_from_slice(&report(commands, refused)),
        (false, false) => out.extend_from_slice(&error_packet(message)),
    }
    out.freeze()
}

/// The report of a forge that took the pack and moved no ref. `ng` reads the same in both versions of the report.
fn report(commands: &Commands, refused: &[(RefName, String)]) -> BytesMut {
    let reasons: HashMap<&RefName, &str> = refused.iter().map(|(name, reason)| (name, reason.as_str())).collect();
    let mut out = BytesMut::new();
    pkt_line::write(&mut out, b"unpack ok\n");
    for update in &commands.updates {
        let reason = reasons.get(&update.name).copied().unwrap_or(NOT_ATTEMPTED);
        let reason = printable(reason, MAX_REASON).replace('\n', " ");
        pkt_line::write(&mut out, format!("ng {} {reason}\n", update.name).as_bytes());
    }
    out.extend_from_slice(FLUSH);
    out
}

fn lines(message: &str) -> Vec<u8> {
    let mut text = printable(message.trim_end(), MAX_TEXT);
    text.push('\n');
    text.into_bytes()
}

/// No control characters but line feeds: the text reaches a terminal.
fn printable(text: &str, characters: usize) -> String {
    let shown = text.chars().take(characters);
    shown.map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests;
