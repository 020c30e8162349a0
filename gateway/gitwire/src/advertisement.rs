//! The answer to `info/refs`: where every ref stands and what the server can do.
//! gitprotocol-http(5), "Smart Server Response".

use std::collections::BTreeMap;

use gogs_spanner_capability::RefName;

use crate::capabilities::Capabilities;
use crate::object_id::{HEX_LENGTH, ObjectId};
use crate::pkt_line::{Decoder, Packet, PacketError};
use crate::refusal::Service;

/// Most refs that are remembered of one advertisement; a forge with more is not one Gogs serves well either.
pub const MAX_REFS: usize = 200_000;

/// Most bytes of an advertisement that are read.
pub const MAX_ADVERTISEMENT_BYTES: usize = 64 * 1024 * 1024;

/// What a repository advertises.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advertisement {
    /// Where each ref stands. Left out: `HEAD`, peeled tags, `.have`, and refs whose names no push may have.
    pub refs: BTreeMap<RefName, ObjectId>,
    /// What the server can do.
    pub capabilities: Capabilities,
}

/// Why an advertisement cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdvertisementError {
    /// The framing is broken.
    #[error(transparent)]
    Packet(#[from] PacketError),
    /// Something else than the service's advertisement in version 0.
    #[error("the answer is not the advertisement of the service asked for")]
    NotAnAdvertisement,
    /// The server says why it does not advertise.
    #[error("the server answered with an error")]
    Remote,
    /// Above [`MAX_REFS`] or [`MAX_ADVERTISEMENT_BYTES`].
    #[error("the advertisement is too large")]
    TooLarge,
    /// The answer ended before its last flush.
    #[error("the advertisement ends too early")]
    Truncated,
}

/// An advertisement out of chunks.
#[derive(Debug)]
pub struct AdvertisementReader {
    service: Service,
    decoder: Decoder,
    bytes: usize,
    stage: Stage,
    advertisement: Advertisement,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// `# service=…`
    Service,
    /// The flush behind it.
    Separator,
    /// The first ref, with the capabilities.
    First,
    Refs,
    Complete,
}

impl AdvertisementReader {
    /// A reader of one service's advertisement.
    pub fn new(service: Service) -> Self {
        let advertisement = Advertisement::default();
        Self { service, decoder: Decoder::default(), bytes: 0, stage: Stage::Service, advertisement }
    }

    /// Takes the next chunk.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), AdvertisementError> {
        self.bytes += chunk.len();
        if self.bytes > MAX_ADVERTISEMENT_BYTES {
            return Err(AdvertisementError::TooLarge);
        }
        self.decoder.feed(chunk);
        while let Some(packet) = self.decoder.next_packet()? {
            match packet {
                Packet::Data(line) => self.line(line.strip_suffix(b"\n").unwrap_or(&line))?,
                Packet::Flush => self.flush()?,
                Packet::Delimiter | Packet::ResponseEnd => return Err(AdvertisementError::NotAnAdvertisement),
            }
        }
        Ok(())
    }

    /// The whole advertisement.
    pub fn finish(self) -> Result<Advertisement, AdvertisementError> {
        match self.stage {
            Stage::Complete => Ok(self.advertisement),
            _ => Err(AdvertisementError::Truncated),
        }
    }

    fn flush(&mut self) -> Result<(), AdvertisementError> {
        self.stage = match self.stage {
            Stage::Separator => Stage::First,
            Stage::First | Stage::Refs => Stage::Complete,
            Stage::Service | Stage::Complete => return Err(AdvertisementError::NotAnAdvertisement),
        };
        Ok(())
    }

    fn line(&mut self, line: &[u8]) -> Result<(), AdvertisementError> {
        if line.starts_with(b"ERR ") {
            return Err(AdvertisementError::Remote);
        }
        match self.stage {
            Stage::Service if line == format!("# service={}", self.service).as_bytes() => {
                self.stage = Stage::Separator;
                Ok(())
            }
            Stage::First => {
                let nul = line.iter().position(|&byte| byte == 0).unwrap_or(line.len());
                let capabilities = Capabilities::parse(line.get(nul + 1..).unwrap_or_default());
                self.advertisement.capabilities = capabilities.ok_or(AdvertisementError::NotAnAdvertisement)?;
                self.stage = Stage::Refs;
                self.reference(&line[..nul])
            }
            Stage::Refs => self.reference(line),
            Stage::Service | Stage::Separator | Stage::Complete => Err(AdvertisementError::NotAnAdvertisement),
        }
    }

    fn reference(&mut self, line: &[u8]) -> Result<(), AdvertisementError> {
        if line.starts_with(b"shallow ") {
            return Ok(());
        }
        let (id, name) = line.split_at_checked(HEX_LENGTH).ok_or(AdvertisementError::NotAnAdvertisement)?;
        let id = ObjectId::parse(id).ok_or(AdvertisementError::NotAnAdvertisement)?;
        let name = name.strip_prefix(b" ").ok_or(AdvertisementError::NotAnAdvertisement)?;
        let Some(name) = std::str::from_utf8(name).ok().and_then(|name| RefName::parse(name).ok()) else {
            return Ok(());
        };
        self.advertisement.refs.insert(name, id);
        if self.advertisement.refs.len() > MAX_REFS { Err(AdvertisementError::TooLarge) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
