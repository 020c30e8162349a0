//! The forge's report on a push, read while it passes. gitprotocol-pack(5), "Report Status".

use bytes::Bytes;
use gogs_spanner_capability::RefName;

use crate::capabilities::Capabilities;
use crate::pkt_line::{Decoder, Packet};
use crate::sideband::{self, Band};

/// Most bytes of a report that are read: a line of some two hundred bytes for each of the commands a push may have.
/// A longer report passes, and its outcome stays unknown.
pub const MAX_REPORT_BYTES: usize = 4 * 1024 * 1024;

/// Characters kept of a reason the forge gives; it is written to the journal.
const MAX_REASON: usize = 512;

/// What became of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Whether the pack was taken, or why not.
    pub unpack: Result<(), String>,
    /// What became of each ref, or why not.
    pub refs: Vec<(RefName, Result<(), String>)>,
}

impl Report {
    /// What became of one ref; `None` if the forge did not say.
    pub fn of(&self, name: &RefName) -> Option<&Result<(), String>> {
        self.refs.iter().find(|(reported, _)| reported == name).map(|(_, outcome)| outcome)
    }
}

/// A tap on the answer to a push: it sees the chunks and neither changes nor delays them.
#[derive(Debug)]
pub struct ReportReader {
    sideband: bool,
    outer: Decoder,
    inner: Decoder,
    bytes: usize,
    unpack: Option<Result<(), String>>,
    refs: Vec<(RefName, Result<(), String>)>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Reading,
    Complete,
    Lost,
}

/// The answer is not a report; its outcome is unknown.
#[derive(Debug)]
struct NotAReport;

impl ReportReader {
    /// A tap on the answer to a push that asked for `capabilities`.
    pub fn new(capabilities: &Capabilities) -> Self {
        let reports = capabilities.has("report-status") || capabilities.has("report-status-v2");
        Self {
            sideband: capabilities.has("side-band-64k"),
            outer: Decoder::default(),
            inner: Decoder::default(),
            bytes: 0,
            unpack: None,
            refs: Vec::new(),
            stage: if reports { Stage::Reading } else { Stage::Lost },
        }
    }

    /// Looks at the next chunk.
    pub fn feed(&mut self, chunk: &[u8]) {
        if self.stage == Stage::Reading && self.read(chunk).is_err() {
            self.stage = Stage::Lost;
        }
    }

    /// What became of the push; `None` if the answer held no complete report, in which case nobody knows.
    pub fn finish(self) -> Option<Report> {
        let complete = self.stage == Stage::Complete;
        self.unpack.filter(|_| complete).map(|unpack| Report { unpack, refs: self.refs })
    }

    fn read(&mut self, chunk: &[u8]) -> Result<(), NotAReport> {
        if !self.sideband {
            return self.report(chunk);
        }
        self.outer.feed(chunk);
        while let Some(packet) = self.outer.next_packet().map_err(|_| NotAReport)? {
            let Packet::Data(payload) = packet else { return Err(NotAReport) };
            match sideband::read(&payload) {
                Some((Band::Content, content)) => self.report(content)?,
                Some((Band::Progress, _)) => {}
                Some((Band::Fatal, _)) | None => return Err(NotAReport),
            }
            if self.stage == Stage::Complete {
                break;
            }
        }
        Ok(())
    }

    fn report(&mut self, part: &[u8]) -> Result<(), NotAReport> {
        self.bytes += part.len();
        if self.bytes > MAX_REPORT_BYTES {
            return Err(NotAReport);
        }
        self.inner.feed(part);
        while let Some(packet) = self.inner.next_packet().map_err(|_| NotAReport)? {
            match packet {
                Packet::Data(line) => self.line(&line)?,
                Packet::Flush => {
                    self.stage = Stage::Complete;
                    break;
                }
                Packet::Delimiter | Packet::ResponseEnd => return Err(NotAReport),
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &Bytes) -> Result<(), NotAReport> {
        let line = std::str::from_utf8(line).map_err(|_| NotAReport)?.trim_end_matches('\n');
        let (word, rest) = line.split_once(' ').ok_or(NotAReport)?;
        match (word, &self.unpack) {
            ("unpack", None) => self.unpack = Some(if rest == "ok" { Ok(()) } else { Err(reason(rest)) }),
            ("ok", Some(_)) => self.refs.push((name(rest)?, Ok(()))),
            ("ng", Some(_)) => {
                let (refused, why) = rest.split_once(' ').ok_or(NotAReport)?;
                self.refs.push((name(refused)?, Err(reason(why))));
            }
            // What version 2 adds to the `ok` above it: the forge moved another ref instead. Gogs never does.
            ("option", Some(_)) => {}
            _ => return Err(NotAReport),
        }
        Ok(())
    }
}

fn name(text: &str) -> Result<RefName, NotAReport> {
    RefName::parse(text).map_err(|_| NotAReport)
}

fn reason(text: &str) -> String {
    text.chars().take(MAX_REASON).filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests;
