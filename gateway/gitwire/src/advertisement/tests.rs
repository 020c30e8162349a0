use super::*;
use crate::pkt_line::{FLUSH, packet};

const ONE: &str = "1111111111111111111111111111111111111111";

fn read(lines: &[&str]) -> Result<Advertisement, AdvertisementError> {
    let mut reader = AdvertisementReader::new(Service::ReceivePack);
    reader.feed(&packet(b"# service=git-receive-pack\n"))?;
    reader.feed(FLUSH)?;
    lines.iter().try_for_each(|line| reader.feed(&packet(line.as_bytes())))?;
    reader.feed(FLUSH)?;
    reader.finish()
}

#[test]
fn every_ref_that_could_be_pushed_is_there() {
    let advertisement = read(&[
        &format!("{ONE} HEAD\0report-status atomic\n"),
        &format!("{ONE} refs/heads/main\n"),
        &format!("{ONE} refs/tags/v1\n"),
        &format!("{ONE} refs/tags/v1^{{}}\n"),
        &format!("{ONE} .have\n"),
        &format!("shallow {ONE}\n"),
    ])
    .expect("an advertisement");
    assert_eq!(advertisement.refs.keys().map(RefName::as_str).collect::<Vec<_>>(), ["refs/heads/main", "refs/tags/v1"]);
    assert!(advertisement.capabilities.has("atomic"));
}

#[test]
fn an_empty_repository_advertises_capabilities_alone() {
    let advertisement = read(&[&format!("{} capabilities^{{}}\0report-status\n", ObjectId::ZERO)]).expect("no refs");
    assert!(advertisement.refs.is_empty());
    assert!(advertisement.capabilities.has("report-status"));
}

#[test]
fn another_service_another_protocol_and_pages_are_refused() {
    for answer in [&b"001e# service=git-upload-pack\n0000"[..], b"000eversion 2\n", b"0000"] {
        let mut reader = AdvertisementReader::new(Service::ReceivePack);
        assert_eq!(reader.feed(answer), Err(AdvertisementError::NotAnAdvertisement));
    }
    assert!(AdvertisementReader::new(Service::ReceivePack).feed(b"<!DOCTYPE html>").is_err());
}

#[test]
fn an_error_of_the_server_is_told_apart() {
    assert_eq!(read(&["ERR no"]), Err(AdvertisementError::Remote));
}

#[test]
fn an_advertisement_without_its_end_is_truncated() {
    let mut reader = AdvertisementReader::new(Service::ReceivePack);
    reader.feed(b"001f# service=git-receive-pack\n0000").expect("so far so good");
    assert_eq!(reader.finish(), Err(AdvertisementError::Truncated));
}

#[test]
fn more_refs_than_the_bound_are_refused() {
    let mut reader = AdvertisementReader::new(Service::ReceivePack);
    reader.feed(b"001f# service=git-receive-pack\n0000").expect("so far so good");
    let fed = (0..=MAX_REFS).try_for_each(|n| reader.feed(&packet(format!("{ONE} refs/heads/b{n}").as_bytes())));
    assert_eq!(fed, Err(AdvertisementError::TooLarge));
}
