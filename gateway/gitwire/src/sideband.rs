//! Three streams in one answer, each packet's first byte naming its stream. gitprotocol-pack(5), "side-band".

use bytes::BytesMut;

use crate::pkt_line;

/// Most bytes of one packet's content in `side-band-64k`: a packet less the byte that names the stream.
pub const MAX_CONTENT: usize = pkt_line::MAX_PAYLOAD - 1;

/// The stream a packet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Band {
    /// What the answer is about: a pack, a report.
    Content = 1,
    /// Text for the person: git prints each line behind `remote: `.
    Progress = 2,
    /// Text after which git gives up.
    Fatal = 3,
}

/// Writes `content` to a stream, in as many packets as it takes.
pub fn write(out: &mut BytesMut, band: Band, content: &[u8]) {
    for part in content.chunks(MAX_CONTENT) {
        pkt_line::write(out, &[&[band as u8], part].concat());
    }
}

/// The stream and the content of a packet's payload; `None` if it names no stream.
pub fn read(payload: &[u8]) -> Option<(Band, &[u8])> {
    let (&first, content) = payload.split_first()?;
    let band = match first {
        1 => Band::Content,
        2 => Band::Progress,
        3 => Band::Fatal,
        _ => return None,
    };
    Some((band, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_one_packet() {
        let mut out = BytesMut::new();
        write(&mut out, Band::Progress, b"no\n");
        assert_eq!(out.as_ref(), b"0008\x02no\n");
        assert_eq!(read(&out[4..]), Some((Band::Progress, b"no\n".as_slice())));
    }

    #[test]
    fn a_long_content_is_split_where_a_packet_ends() {
        let mut out = BytesMut::new();
        write(&mut out, Band::Content, &vec![b'x'; MAX_CONTENT + 1]);
        assert!(out.starts_with(b"fff0\x01"));
        assert_eq!(out.len(), MAX_CONTENT + 1 + 2 * 5);
    }

    #[test]
    fn an_unknown_stream_is_none() {
        assert_eq!(read(b"\x04x"), None);
        assert_eq!(read(b""), None);
    }
}
