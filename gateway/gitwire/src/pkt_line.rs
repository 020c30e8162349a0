//! pkt-line: four hexadecimal digits of length, which count themselves, then the payload. Lengths 0 to 2 are marks of
//! their own. gitprotocol-common(5), "pkt-line Format".

use bytes::{Bytes, BytesMut};

/// The mark that ends a list.
pub const FLUSH: &[u8] = b"0000";

/// Most bytes in one packet, its length digits included: `LARGE_PACKET_MAX` in git's `pkt-line.h`; git refuses more.
pub const MAX_PACKET: usize = 65_520;

/// Most bytes of payload in one packet.
pub const MAX_PAYLOAD: usize = MAX_PACKET - LENGTH_DIGITS;

const LENGTH_DIGITS: usize = 4;

/// One packet; its payload is borrowed from the reader's buffer or owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<T> {
    /// A payload, possibly empty (`0004`).
    Data(T),
    /// `0000`.
    Flush,
    /// `0001`, of protocol version 2.
    Delimiter,
    /// `0002`, of protocol version 2 over stateless connections.
    ResponseEnd,
}

/// The framing is broken, and where the next packet begins is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// The four bytes of length are no hexadecimal number, or `0003`, which has no meaning.
    #[error("a packet's length is malformed")]
    Length,
    /// The length is above [`MAX_PACKET`].
    #[error("a packet is longer than {MAX_PACKET} bytes")]
    TooLong,
}

/// A packet and how many bytes it took; `None` while it is incomplete.
pub type Beginning<'a> = Option<(Packet<&'a [u8]>, usize)>;

/// Reads the packet at the beginning of `input`.
pub fn read(input: &[u8]) -> Result<Beginning<'_>, PacketError> {
    let Some(digits) = input.first_chunk::<LENGTH_DIGITS>() else { return Ok(None) };
    match length(*digits)? {
        0 => Ok(Some((Packet::Flush, LENGTH_DIGITS))),
        1 => Ok(Some((Packet::Delimiter, LENGTH_DIGITS))),
        2 => Ok(Some((Packet::ResponseEnd, LENGTH_DIGITS))),
        3 => Err(PacketError::Length),
        length if length > MAX_PACKET => Err(PacketError::TooLong),
        length => Ok(input.get(LENGTH_DIGITS..length).map(|payload| (Packet::Data(payload), length))),
    }
}

/// Digit by digit, for `from_str_radix` takes a sign.
fn length(digits: [u8; LENGTH_DIGITS]) -> Result<usize, PacketError> {
    digits.iter().try_fold(0, |length, &digit| {
        let value = char::from(digit).to_digit(16).ok_or(PacketError::Length)?;
        Ok(length << 4 | value as usize)
    })
}

/// Writes `payload` as one packet.
///
/// A payload above [`MAX_PAYLOAD`] is cut: only our own short texts are written here, and a refusal must not fail.
pub fn write(out: &mut BytesMut, payload: &[u8]) {
    let payload = &payload[..payload.len().min(MAX_PAYLOAD)];
    out.extend_from_slice(format!("{:04x}", payload.len() + LENGTH_DIGITS).as_bytes());
    out.extend_from_slice(payload);
}

/// One packet by itself; see [`write()`].
pub fn packet(payload: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(payload.len() + LENGTH_DIGITS);
    write(&mut out, payload);
    out.freeze()
}

/// Packets out of chunks. Between two calls of [`Decoder::feed`] it holds at most one incomplete packet, if every
/// complete one was taken.
#[derive(Debug, Default)]
pub struct Decoder {
    pending: BytesMut,
}

impl Decoder {
    /// Takes the next chunk.
    pub fn feed(&mut self, chunk: &[u8]) {
        self.pending.extend_from_slice(chunk);
    }

    /// The next complete packet.
    pub fn next_packet(&mut self) -> Result<Option<Packet<Bytes>>, PacketError> {
        let Some((packet, length)) = read(&self.pending)? else { return Ok(None) };
        let marker = match packet {
            Packet::Data(_) => None,
            Packet::Flush => Some(Packet::Flush),
            Packet::Delimiter => Some(Packet::Delimiter),
            Packet::ResponseEnd => Some(Packet::ResponseEnd),
        };
        let taken = self.pending.split_to(length).freeze();
        Ok(Some(marker.unwrap_or_else(|| Packet::Data(taken.slice(LENGTH_DIGITS..)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_counts_its_own_digits() {
        assert_eq!(packet(b"a\n").as_ref(), b"0006a\n");
        assert_eq!(packet(b"").as_ref(), b"0004");
    }

    #[test]
    fn what_was_written_is_read_back() {
        assert_eq!(read(&packet(b"hello")), Ok(Some((Packet::Data(b"hello".as_slice()), 9))));
    }

    #[test]
    fn an_incomplete_packet_waits_for_more() {
        for cut in 0..9 {
            assert_eq!(read(&packet(b"hello")[..cut]), Ok(None));
        }
    }

    #[test]
    fn marks_are_no_payloads() {
        assert_eq!(read(b"0000"), Ok(Some((Packet::Flush, 4))));
        assert_eq!(read(b"0001"), Ok(Some((Packet::Delimiter, 4))));
        assert_eq!(read(b"0002"), Ok(Some((Packet::ResponseEnd, 4))));
        assert_eq!(read(b"0004"), Ok(Some((Packet::Data(b"".as_slice()), 4))));
    }

    #[test]
    fn a_length_that_is_no_number_is_refused() {
        for digits in [b"+0a4", b"0x10", b" 010", b"PACK", b"0003"] {
            assert_eq!(read(digits), Err(PacketError::Length));
        }
    }

    #[test]
    fn a_packet_longer_than_git_takes_is_refused_before_it_is_awaited() {
        assert_eq!(read(b"fff1"), Err(PacketError::TooLong));
        assert_eq!(read(b"fff0"), Ok(None));
    }

    #[test]
    fn a_payload_that_does_not_fit_is_cut() {
        assert_eq!(packet(&vec![b'x'; MAX_PAYLOAD + 1]).len(), MAX_PACKET);
    }
}
