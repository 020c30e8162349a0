use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures::stream;
use gogs_spanner_capability::Reason;
use http_body_util::BodyExt;

use super::*;
use crate::body;

fn object(content: &[u8]) -> LfsObject {
    LfsObject { oid: LfsOid::of_digest(&Sha256::digest(content).into()), size: content.len() as u64 }
}

fn pieces(content: &[u8], piece: usize) -> Body {
    let pieces: Vec<_> = content.chunks(piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    body::streaming(stream::iter(pieces))
}

fn always() -> Standing {
    Standing::new(|| Ok(()))
}

/// What came through, and why no more did.
async fn through(object: LfsObject, source: Body, standing: Standing) -> (Vec<u8>, Option<Reason>) {
    let lender = Lender::default();
    let mut body = ObjectBody::new(object, lender.lend(source), standing, lender.clone());
    let mut came = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        came.extend_from_slice(&frame.into_data().expect("bytes"));
    }
    (came, lender.refusal().map(|refusal| refusal.reason()))
}

#[tokio::test]
async fn an_object_comes_through_however_it_is_cut() {
    for piece in [1, 2, 3, 5, 100] {
        let content = b"the object";
        assert_eq!(
            through(object(content), pieces(content, piece), always()).await,
            (content.to_vec(), None),
            "{piece}"
        );
    }
    assert_eq!(through(object(b""), body::empty(), always()).await, (Vec::new(), None));
}

#[tokio::test]
async fn the_last_byte_of_what_is_not_the_object_is_never_let_go() {
    let mismatch = Some(Reason::ObjectMismatch);
    for piece in [1, 3, 100] {
        let (came, why) = through(object(b"the object"), pieces(b"the abject", piece), always()).await;
        assert!(came.len() < 10 && why == mismatch, "{piece}: other bytes");
        let (came, why) = through(object(b"the object"), pieces(b"the objec", piece), always()).await;
        assert!(came.len() < 10 && why == mismatch, "{piece}: fewer bytes");
        let (came, why) = through(object(b"the object"), pieces(b"the object!", piece), always()).await;
        assert!(came.len() < 10 && why == mismatch, "{piece}: more bytes");
    }
    assert_eq!(through(object(b""), pieces(b"x", 1), always()).await, (Vec::new(), mismatch));
}

#[tokio::test]
async fn a_transfer_whose_permission_ends_is_broken_off_where_it_is() {
    let holds = Arc::new(AtomicBool::new(true));
    let ending = Arc::clone(&holds);
    let first = Ok(Bytes::from_static(b"the "));
    let then = stream::once(async move {
        ending.store(false, Ordering::Relaxed);
        Ok(Bytes::from_static(b"object"))
    });
    let source = body::streaming(futures::StreamExt::chain(stream::iter([first]), then));
    let standing =
        Standing::new(
            move || {
                if holds.load(Ordering::Relaxed) { Ok(()) } else { Err(Refusal::new(Reason::TokenRevoked)) }
            },
        );
    let came = through(object(b"the object"), source, standing).await;
    assert_eq!(came, (b"the ".to_vec(), Some(Reason::TokenRevoked)));
}

#[tokio::test]
async fn a_sender_that_breaks_off_is_the_one_to_blame() {
    let source = body::streaming(stream::iter([Ok(Bytes::from_static(b"the ")), Err(Fault::of("gone"))]));
    let (_, why) = through(object(b"the object"), source, always()).await;
    assert_eq!(why, Some(Reason::RequestMalformed));
}
