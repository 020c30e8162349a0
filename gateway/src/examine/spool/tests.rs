use std::convert::Infallible;

use futures::stream;
use http_body_util::{Full, StreamBody};

use super::*;
use crate::examine::workbench::agent;

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
    let spooled = spool.store(&agent(), &mut Full::new(bytes.clone())).await.expect("room");
    assert_eq!(spooled.length(), 300_000);
    assert_eq!(spooled.body().expect("a body").size_hint().exact(), Some(300_000));
    assert_eq!(read(&spooled).await, bytes);
    assert_eq!(read(&spooled).await, bytes);
    assert_eq!(files(directory.path()), ["home", "lock", "mirrors", "quarantine"], "a spooled body has no name");
}

#[tokio::test]
async fn room_is_held_until_the_last_byte_was_sent_on() {
    let (_directory, spool) = spool(100);
    let spooled = spool.store(&agent(), &mut Full::new(Bytes::from_static(&[0; 60]))).await.expect("room");
    let body = spooled.body().expect("a body");
    drop(spooled);
    assert_eq!(spool.quota().taken(), 60);
    let refused = spool.store(&agent(), &mut Full::new(Bytes::from_static(&[0; 60]))).await.map(drop);
    assert!(matches!(refused, Err(SpoolError::Quota(QuotaError::Full))));
    drop(body);
    assert_eq!(spool.quota().taken(), 0);
    spool.store(&agent(), &mut Full::new(Bytes::from_static(&[0; 60]))).await.expect("room again");
}

#[tokio::test]
async fn a_body_above_the_quota_is_refused_while_it_arrives_and_the_rest_is_left_to_drain() {
    let (_directory, spool) = spool(100);
    let chunks = (0..10).map(|_| Ok::<_, Infallible>(Frame::data(Bytes::from_static(&[0; 30]))));
    let mut body = StreamBody::new(stream::iter(chunks));
    let refusal = Refusal::from(spool.store(&agent(), &mut body).await.map(drop).expect_err("too large"));
    assert_eq!((refusal.reason(), refusal.retry_after()), (Reason::TooLarge, None));
    assert_eq!(body.collect().await.expect("the rest").to_bytes().len(), 6 * 30);
    assert_eq!(spool.quota().taken(), 0);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_the_callers_fault_and_leaves_nothing() {
    let (_directory, spool) = spool(100);
    let chunks = [Ok(Frame::data(Bytes::from_static(b"PACK"))), Err(io::Error::other("reset"))];
    let refusal = Refusal::from(
        spool.store(&agent(), &mut StreamBody::new(stream::iter(chunks))).await.map(drop).expect_err("half"),
    );
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

#[tokio::test(start_paused = true)]
async fn an_agent_has_so_many_places_and_leaves_others_theirs() {
    let (_directory, spool) = spool(100);
    let store = async |agent: &AgentName| spool.store(agent, &mut Full::new(Bytes::from_static(b"PACK"))).await;
    let mut waiting = Vec::new();
    for _ in 0..PLACES_OF_AN_AGENT {
        waiting.push(store(&agent()).await.expect("a place"));
    }
    let refusal = Refusal::from(store(&agent()).await.map(drop).expect_err("they are taken"));
    assert_eq!((refusal.reason(), refusal.retry_after().is_some()), (Reason::SpoolFull, true));
    store(&"another".parse().expect("a name")).await.expect("it has its own");
    let on_its_way = waiting.pop().expect("one of them").body().expect("a body");
    assert!(store(&agent()).await.is_err(), "it waits as long as it is being sent on");
    drop(on_its_way);
    store(&agent()).await.expect("it was given back");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_goes_on_for_ever_is_not_kept_for_ever() {
    let (_directory, spool) = spool(1 << 30);
    // As slowly as it may come.
    let piece = Bytes::from(vec![0; 640 * 1024]);
    let endless = stream::unfold(piece, |piece| async {
        tokio::time::sleep(Duration::from_millis(9_900)).await;
        Some((Ok::<_, Infallible>(Frame::data(piece.clone())), piece))
    });
    let began = tokio::time::Instant::now();
    let stored = spool.store(&agent(), &mut StreamBody::new(Box::pin(endless))).await.map(drop);
    assert!(matches!(stored, Err(SpoolError::Slow)), "{stored:?}");
    assert_eq!((began.elapsed().as_secs(), spool.quota().taken()), (STORED_WITHIN.as_secs(), 0));
}
