//! The command list out of chunks.

use std::collections::HashSet;

use bytes::{Bytes, BytesMut};
use gogs_spanner_capability::RefName;

use super::line::Line;
use super::{Commands, RefUpdate, WireError};
use crate::capabilities::Capabilities;
use crate::object_id::ObjectId;
use crate::pkt_line::{self, Packet};

/// Most commands in one push. Each is decided by itself; a mirror of a large repository has some thousand refs.
pub const MAX_COMMANDS: usize = 10_000;

/// Most bytes of a command list: room for [`MAX_COMMANDS`] of about two hundred bytes. The list is held in memory
/// until every ref is decided, so this is also what a push costs before its decision.
pub const MAX_LIST_BYTES: usize = 2 * 1024 * 1024;

/// How far the list is.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// The list goes on in the next chunk.
    More,
    /// So far the body is `0000`: what git sends before a large push to learn whether it must authenticate
    /// (`probe_rpc` in git's `remote-curl.c`). Any byte that follows is [`WireError::NoCommands`].
    Probe,
    /// The list is complete.
    Complete {
        /// The list.
        commands: Commands,
        /// What followed it in the same chunk: the beginning of the pack.
        rest: Bytes,
    },
}

/// Reads the body of a push up to exactly behind the flush of its command list.
#[derive(Debug, Default)]
pub struct CommandParser {
    buffer: BytesMut,
    read: usize,
    list: List,
    stage: Stage,
}

#[derive(Debug, Default)]
struct List {
    updates: Vec<RefUpdate>,
    names: HashSet<RefName>,
    capabilities: Capabilities,
    shallow: Vec<ObjectId>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Reading,
    Probe,
    Complete,
}

impl CommandParser {
    /// A parser at the beginning of a body.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next chunk of the body. Once the list is complete the chunks are the caller's: they are the pack, or,
    /// where [`Commands::expects_pack`] says there is none, must be empty.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<Progress, WireError> {
        match self.stage {
            Stage::Reading => self.buffer.extend_from_slice(chunk),
            Stage::Probe if chunk.is_empty() => return Ok(Progress::Probe),
            Stage::Probe => return Err(WireError::NoCommands),
            Stage::Complete => return Err(WireError::TrailingBytes),
        }
        while let Some((packet, length)) = pkt_line::read(&self.buffer[self.read..])? {
            self.read += length;
            if self.read > MAX_LIST_BYTES {
                return Err(WireError::ListTooLong);
            }
            match packet {
                Packet::Data(payload) => self.list.take(Line::parse(payload)?)?,
                Packet::Flush => return self.end(),
                Packet::Delimiter | Packet::ResponseEnd => return Err(WireError::Marker),
            }
        }
        if self.buffer.len() > MAX_LIST_BYTES { Err(WireError::ListTooLong) } else { Ok(Progress::More) }
    }

    /// Says at the end of the body whether it was whole.
    pub fn finish(&self) -> Result<(), WireError> {
        match self.stage {
            Stage::Reading => Err(WireError::Truncated),
            Stage::Probe | Stage::Complete => Ok(()),
        }
    }

    fn end(&mut self) -> Result<Progress, WireError> {
        let raw = self.buffer.split_to(self.read).freeze();
        let rest = std::mem::take(&mut self.buffer).freeze();
        let List { updates, capabilities, shallow, .. } = std::mem::take(&mut self.list);
        if updates.is_empty() {
            self.stage = Stage::Probe;
            return if shallow.is_empty() && rest.is_empty() {
                Ok(Progress::Probe)
            } else {
                Err(WireError::NoCommands)
            };
        }
        self.stage = Stage::Complete;
        let commands = Commands { updates, capabilities, shallow, raw };
        if !commands.expects_pack() && !rest.is_empty() {
            return Err(WireError::TrailingBytes);
        }
        Ok(Progress::Complete { commands, rest })
    }
}

impl List {
    fn take(&mut self, line: Line) -> Result<(), WireError> {
        match line {
            Line::Shallow(_) if !self.updates.is_empty() => Err(WireError::LateShallow),
            Line::Shallow(id) => {
                self.shallow.push(id);
                Ok(())
            }
            // git's receive-pack reads capabilities on any line; the protocol gives them to the first command alone.
            Line::Command { capabilities: Some(_), .. } if !self.updates.is_empty() => Err(WireError::Capabilities),
            Line::Command { update, capabilities } => {
                self.capabilities = capabilities.unwrap_or_else(|| std::mem::take(&mut self.capabilities));
                self.push(update)
            }
        }
    }

    fn push(&mut self, update: RefUpdate) -> Result<(), WireError> {
        if self.updates.len() == MAX_COMMANDS {
            return Err(WireError::TooManyCommands);
        }
        if !self.names.insert(update.name.clone()) {
            return Err(WireError::DuplicateRef(update.name));
        }
        self.updates.push(update);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
