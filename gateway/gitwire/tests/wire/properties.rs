//! What holds for any bytes and any cut.

use bytes::Bytes;
use gogs_spanner_gitwire::commands::{MAX_COMMANDS, MAX_LIST_BYTES};
use gogs_spanner_gitwire::{
    AdvertisementReader, Capabilities, CommandParser, Progress, ReportReader, Service, WireError,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::recorded::PUSHES;

/// The outcome of a body in the terms a caller sees: the list, and everything behind it.
fn outcome(chunks: &[&[u8]]) -> Result<Option<(Bytes, Vec<u8>)>, WireError> {
    let mut parser = CommandParser::new();
    for (n, chunk) in chunks.iter().enumerate() {
        if let Progress::Complete { commands, rest } = parser.feed(chunk)? {
            let tail = [rest.as_ref(), &chunks[n + 1..].concat()].concat();
            let expected = commands.expects_pack() || tail.is_empty();
            return if expected { Ok(Some((commands.raw, tail))) } else { Err(WireError::TrailingBytes) };
        }
    }
    parser.finish().map(|()| None)
}

/// Bytes that look like a push for a while: recorded ones with some bytes replaced.
fn nearly_a_push() -> impl Strategy<Value = Vec<u8>> {
    let damage = vec((any::<Index>(), prop_oneof![any::<u8>(), select(b"0123f \0\n".to_vec())]), 0..4);
    (select((0..PUSHES.len()).collect::<Vec<_>>()), damage).prop_map(|(which, damage)| {
        let mut body = PUSHES[which].request.to_vec();
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        body
    })
}

proptest! {
    #[test]
    fn fed_in_pieces_is_fed_whole(body in nearly_a_push(), size in 1_usize..64) {
        let whole = outcome(&[&body]);
        prop_assert_eq!(&outcome(&body.chunks(1).collect::<Vec<_>>()), &whole);
        prop_assert_eq!(&outcome(&body.chunks(size).collect::<Vec<_>>()), &whole);
    }

    #[test]
    fn what_is_taken_is_forwarded_byte_for_byte(body in nearly_a_push()) {
        if let Ok(Some((raw, tail))) = outcome(&[&body]) {
            prop_assert_eq!([raw.as_ref(), &tail].concat(), body);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic_or_pass_its_bounds(chunks in vec(vec(any::<u8>(), 0..200), 0..20)) {
        let mut parser = CommandParser::new();
        for chunk in &chunks {
            match parser.feed(chunk) {
                Ok(Progress::Complete { commands, .. }) => {
                    prop_assert!(commands.raw.len() <= MAX_LIST_BYTES && commands.updates.len() <= MAX_COMMANDS);
                    break;
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        let mut advertisement = AdvertisementReader::new(Service::UploadPack);
        let _ = chunks.iter().try_for_each(|chunk| advertisement.feed(chunk));
        for asked in ["report-status", "report-status-v2 side-band-64k", ""] {
            let mut report = ReportReader::new(&Capabilities::parse(asked.as_bytes()).unwrap());
            for chunk in &chunks {
                report.feed(chunk);
            }
            let _ = report.finish();
        }
    }

    #[test]
    fn a_damaged_answer_is_read_or_unknown_however_it_is_cut(
        at in any::<Index>(), byte in any::<u8>(), size in 1_usize..32, which in 0..PUSHES.len()
    ) {
        let mut answer = PUSHES[which].answer.to_vec();
        let at = at.index(answer.len());
        answer[at] = byte;
        let read = |size: usize| {
            let mut reader = ReportReader::new(&Capabilities::parse(b"report-status side-band-64k").unwrap());
            answer.chunks(size).for_each(|chunk| reader.feed(chunk));
            reader.finish()
        };
        prop_assert_eq!(read(size), read(answer.len()));
    }
}
