//! A push's body becomes a command list and a pack, or is refused; and what a forge answers is read or unknown.

use bytes::BytesMut;
use gogs_spanner_gitwire::{
    AdvertisementReader, Capabilities, CommandParser, Commands, Progress, ReportReader, Service, WireError,
    commands::{MAX_COMMANDS, MAX_LIST_BYTES},
    pkt_line::{self, Packet},
};

/// A list and everything behind it; `None` for the probe.
type Push = Option<(Commands, Vec<u8>)>;

/// However a body is cut it is read alike; what is taken is forwarded byte for byte; what was understood of a list, written
/// anew, is understood again.
///
/// The first byte of the input says into how large pieces the rest is cut.
pub fn receive_pack(input: &[u8]) {
    let Some((&size, body)) = input.split_first() else { return };
    let whole = push(&[body]);
    let pieces: Vec<_> = body.chunks(usize::from(size).max(1)).collect();
    assert_eq!(push(&pieces), whole, "cut into pieces of {size}");
    if let Ok(Some((commands, rest))) = &whole {
        assert_eq!([&commands.raw, &rest[..]].concat(), body);
        assert!(commands.raw.len() <= MAX_LIST_BYTES && (1..=MAX_COMMANDS).contains(&commands.updates.len()));
        assert!(commands.expects_pack() || rest.is_empty());
        assert_is_understood_again(commands);
    }
    packets(body);
    answers(body, &pieces);
}

fn push(chunks: &[&[u8]]) -> Result<Push, WireError> {
    let mut parser = CommandParser::new();
    for (n, chunk) in chunks.iter().enumerate() {
        if let Progress::Complete { commands, rest } = parser.feed(chunk)? {
            let rest = [&rest, &chunks[n + 1..].concat()[..]].concat();
            let expected = commands.expects_pack() || rest.is_empty();
            return if expected { Ok(Some((commands, rest))) } else { Err(WireError::TrailingBytes) };
        }
    }
    parser.finish().map(|()| None)
}

fn assert_is_understood_again(commands: &Commands) {
    let mut list = BytesMut::new();
    for id in &commands.shallow {
        pkt_line::write(&mut list, format!("shallow {id}").as_bytes());
    }
    let words = commands.capabilities.iter().collect::<Vec<_>>().join(" ");
    for (n, update) in commands.updates.iter().enumerate() {
        let line = format!("{} {} {}", update.old, update.new, update.name);
        let line = if n == 0 { format!("{line}\0{words}") } else { line };
        pkt_line::write(&mut list, line.as_bytes());
    }
    list.extend_from_slice(pkt_line::FLUSH);
    let Ok(Some((again, _))) = push(&[&list]) else { panic!("a list written anew was refused") };
    assert_eq!((&again.updates, &again.shallow), (&commands.updates, &commands.shallow));
    assert!(again.capabilities.iter().eq(commands.capabilities.iter()));
}

/// Packets that are written again are the bytes they were read from, but for the case of their digits.
fn packets(body: &[u8]) {
    let mut rest = body;
    while let Ok(Some((packet, length))) = pkt_line::read(rest) {
        let (taken, behind) = rest.split_at(length);
        if let Packet::Data(payload) = packet {
            let written = pkt_line::packet(payload);
            assert!(written[..4].eq_ignore_ascii_case(&taken[..4]));
            assert_eq!(&written[4..], &taken[4..]);
        }
        rest = behind;
    }
}

/// The same bytes as a forge's answer.
fn answers(body: &[u8], pieces: &[&[u8]]) {
    for words in ["report-status", "report-status-v2 side-band-64k", ""] {
        let asked = Capabilities::parse(words.as_bytes()).expect("capabilities");
        let report = |chunks: &[&[u8]]| {
            let mut reader = ReportReader::new(&asked);
            for chunk in chunks {
                reader.feed(chunk);
            }
            reader.finish()
        };
        assert_eq!(report(pieces), report(&[body]), "{words}");
    }
    for service in [Service::UploadPack, Service::ReceivePack] {
        let advertisement = |chunks: &[&[u8]]| {
            let mut reader = AdvertisementReader::new(service);
            chunks.iter().try_for_each(|chunk| reader.feed(chunk)).is_ok()
        };
        assert_eq!(advertisement(pieces), advertisement(&[body]), "{service}");
    }
}
