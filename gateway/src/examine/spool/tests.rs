use std::convert::Infallible;

use futures::stream;
use http_body_util::{Full, StreamBody};

use super::*;

fn spool(quota: u64) -> (tempfile::TempDir, Spool) {
    let directory = tempfile::tempdir().expect("a directory");
    let spool = Spool::open(directory.path(), quota).expect("a spool");
    (directory, spool)
}

fn files(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

async fn read(spooled: &Spooled) -> Bytes {
    spooled.body().expect("a body").collect().await.expect("bytes").to_bytes()
}

#[tokio::test]
async fn a_body_comes_back_as_it_went_as_often_as_it_is_needed() {
    let (directory, spool) = spool(1 << 20);
    let bytes = Bytes::from(vec![7; 300_000]);
    let spooled = spool.store(&mut Full::new(bytes.clone())).await.expect("room");
    assert_eq!(spooled.length(), 300_000);
    assert_eq!(spooled.body().expect("a body").size_hint().exact(), Some(300_000));
    assert_eq!(read(&spooled).await, bytes);
    assert_eq!(read(&spooled).await, bytes);
    assert_eq!(files(directory.path()), ["home", "lock", "mirrors", "quarantine"], "a spooled body has no name");
}

#[tokio::test]
async fn room_is_held_until_the_last_byte_was_sent_on() {
    let (_directory, spool) = spool(100);
    let spooled = spool.store(&mut Full::new(Bytes::from_static(&[0; 60]))).await.expect("room");
    let body = spooled.body().expect("a body");
    drop(spooled);
    assert_eq!(spool.quota().taken(), 60);
    let refused = spool.store(&mut Full::new(Bytes::from_static(&[0; 60]))).await.map(drop);
    assert!(matches!(refused, Err(SpoolError::Quota(QuotaError::Full))));
    drop(body);
    assert_eq!(spool.quota().taken(), 0);
    spool.store(&mut Full::new(Bytes::from_static(&[0; 60]))).await.expect("room again");
}

#[tokio::test]
async fn a_body_above_the_quota_is_refused_while_it_arrives_and_the_rest_is_left_to_drain() {
    let (_directory, spool) = spool(100);
    let chunks = (0..10).map(|_| Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[0; 30]))));
    let mut body = StreamBody::new(stream::iter(chunks));
    let refusal = Refusal::from(spool.store(&mut body).await.map(drop).expect_err("too large"));
    assert_eq!((refusal.reason(), refusal.retry_after()), (Reason::TooLarge, None));
    assert_eq!(body.collect().await.expect("the rest").to_bytes().len(), 6 * 30);
    assert_eq!(spool.quota().taken(), 0);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_the_callers_fault_and_leaves_nothing() {
    let (_directory, spool) = spool(100);
    let chunks = [Ok(Frame::data(Bytes::from_static(b"PACK"))), Err(io::Error::other("reset"))];
    let refusal =
        Refusal::from(spool.store(&mut StreamBody::new(stream::iter(chunks))).await.map(drop).expect_err("half"));
    assert_eq!(refusal.reason(), Reason::RequestMalformed);
    assert_eq!(spool.quota().taken(), 0);
}

#[test]
fn a_full_spool_says_when_to_try_again() {
    let refusal = Refusal::from(SpoolError::Quota(QuotaError::Full));
    assert_eq!(refusal.reason(), Reason::SpoolFull);
    assert!(refusal.retry_after().is_some());
}

#[test]
fn what_a_killed_gateway_left_is_cleared_away_and_mirrors_are_kept() {
    let (directory, spool) = spool(100);
    fs::create_dir_all(spool.quarantine().join("left/objects")).expect("a directory");
    fs::create_dir_all(spool.mirrors().join("acme")).expect("a directory");
    assert!(matches!(Spool::open(directory.path(), 100), Err(SpoolError::InUse)), "a spool has one owner");
    drop(spool);
    let spool = Spool::open(directory.path(), 100).expect("a spool");
    assert!(files(&spool.quarantine()).is_empty());
    assert_eq!(files(&spool.mirrors()), ["acme"]);
}
