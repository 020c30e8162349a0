//! Requests of git 2.39.5 and answers of Gogs 0.14.3, recorded.

use bytes::Bytes;
use gogs_spanner_gitwire::{AdvertisementReader, CommandParser, Commands, Progress, ReportReader, Service, UpdateKind};

/// One recorded push.
pub(crate) struct Recorded {
    pub(crate) request: &'static [u8],
    pub(crate) answer: &'static [u8],
}

macro_rules! recorded {
    ($name:literal) => {
        Recorded {
            request: include_bytes!(concat!("recorded/", $name, ".request")),
            answer: include_bytes!(concat!("recorded/", $name, ".answer")),
        }
    };
}

pub(crate) const PUSHES: [Recorded; 6] = [
    recorded!("create"),
    recorded!("update"),
    recorded!("force"),
    recorded!("tag"),
    recorded!("delete"),
    recorded!("atomic"),
];

fn commands(push: &Recorded) -> (Commands, Bytes) {
    match CommandParser::new().feed(push.request).unwrap() {
        Progress::Complete { commands, rest } => (commands, rest),
        progress => panic!("the list is incomplete: {progress:?}"),
    }
}

#[test]
fn every_recorded_push_is_read_and_none_of_its_bytes_is_lost() {
    for push in &PUSHES {
        let (commands, rest) = commands(push);
        assert_eq!([commands.raw.as_ref(), rest.as_ref()].concat(), push.request);
        assert_eq!(commands.expects_pack(), rest.starts_with(b"PACK"));
        assert_eq!(commands.capabilities.agent(), Some("git/2.39.5"));
    }
}

#[test]
fn every_recorded_answer_reports_each_ref_of_its_push() {
    for push in &PUSHES {
        let (commands, _) = commands(push);
        let mut reader = ReportReader::new(&commands.capabilities);
        push.answer.chunks(7).for_each(|chunk| reader.feed(chunk));
        let report = reader.finish().unwrap();
        assert_eq!(report.unpack, Ok(()));
        for update in &commands.updates {
            assert_eq!(report.of(&update.name), Some(&Ok(())));
        }
    }
}

#[test]
fn kinds_of_the_recorded_pushes_are_told_apart() {
    let kinds = PUSHES.iter().flat_map(|push| commands(push).0.updates).map(|update| update.kind());
    let expected = [
        UpdateKind::Create,
        UpdateKind::Update,
        UpdateKind::Update,
        UpdateKind::Create,
        UpdateKind::Delete,
        UpdateKind::Create,
        UpdateKind::Create,
    ];
    assert_eq!(kinds.collect::<Vec<_>>(), expected);
}

#[test]
fn the_recorded_advertisement_is_read() {
    let mut reader = AdvertisementReader::new(Service::ReceivePack);
    include_bytes!("recorded/advertisement.answer").chunks(3).for_each(|chunk| reader.feed(chunk).unwrap());
    let advertisement = reader.finish().unwrap();
    let names: Vec<_> = advertisement.refs.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["refs/heads/agents/docs/one", "refs/heads/master", "refs/tags/v1"]);
    assert!(advertisement.capabilities.has("atomic"));
    assert!(!advertisement.capabilities.has("push-options"));
}
