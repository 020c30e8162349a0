//! A body lent to the connection to the forge, to be had back: who is refused while it is still being sent hears of that
//! only when all of it has been read.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use gogs_spanner_capability::Reason;
use http_body::{Frame, SizeHint};

use crate::{
    body::{self, Body, Fault, Paced},
    examine::Pack,
    refuse::Refusal,
};

/// What was lent, and why it was broken off if it was. Clones are of one loan.
#[derive(Clone, Default)]
pub(super) struct Lender(Arc<Mutex<Loan>>);

#[derive(Default)]
struct Loan {
    source: Option<Body>,
    refusal: Option<Refusal>,
    /// Whether its sender has sent all of it, to our disk.
    is_stored: bool,
    /// Why that could not be read.
    fault: Option<Refusal>,
    /// Who waits for more of it, and would for ever once it was had back.
    reader: Option<Waker>,
}

/// The body, as long as nobody wants it back.
struct Lent(Lender);

impl Lender {
    /// Lends a body that is still coming, as slowly as [`Paced`] lets what flows.
    pub(super) fn lend(&self, source: Body) -> Body {
        self.loan().source = Some(body::boxed(Paced::flowing(source)));
        body::boxed(Lent(self.clone()))
    }

    /// Lends a pack.
    pub(super) fn lend_pack(&self, pack: Pack) -> Pack {
        Pack::Coming(match pack {
            Pack::Coming(source) => self.lend(source),
            Pack::Stored(source) => {
                let mut loan = self.loan();
                (loan.source, loan.is_stored) = (Some(body::boxed(source)), true);
                drop(loan);
                body::boxed(Lent(self.clone()))
            }
        })
    }

    /// Whether it lends anything.
    pub(super) fn is_lending(&self) -> bool {
        self.loan().source.is_some()
    }

    /// Why what was lent failed, where that is not its sender's fault.
    pub(super) fn fault(&self) -> Option<Refusal> {
        self.loan().fault.take()
    }

    /// Says why nothing more of it may go on.
    pub(super) fn break_off(&self, refusal: Refusal) {
        self.loan().refusal = Some(refusal);
    }

    /// What broke it off, if anything did.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.loan().refusal.take()
    }

    /// What is still being sent; whoever read it gets no more.
    pub(super) fn rest(&self) -> Option<Body> {
        let mut loan = self.loan();
        let rest = loan.source.take();
        if let Some(reader) = loan.reader.take() {
            reader.wake();
        }
        if loan.is_stored { rest.map(|_| body::empty()) } else { rest }
    }

    fn loan(&self) -> MutexGuard<'_, Loan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl http_body::Body for Lent {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let mut loan = self.0.loan();
        loan.reader = Some(context.waker().clone());
        let Loan { source: Some(source), is_stored, fault, .. } = &mut *loan else {
            return Poll::Ready(Some(Err(Fault::of("nobody wants it any more"))));
        };
        let frame = Pin::new(&mut *source).poll_frame(context);
        if matches!(frame, Poll::Ready(None)) || source.is_end_stream() {
            // What it took, of disk above all, is not kept until the forge has thought about it.
            *source = body::empty();
        }
        if let (true, Poll::Ready(Some(Err(error)))) = (*is_stored, &frame) {
            *fault = Some(Refusal::new(Reason::SpoolFull).truly(error));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.0.loan().source.as_ref().is_some_and(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.loan().source.as_ref().map_or_else(SizeHint::default, http_body::Body::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn what_is_had_back_is_whole_and_its_reader_gets_no_more() {
        let lender = Lender::default();
        let mut lent = lender.lend(body::after(Bytes::from_static(b"one"), body::full("two")));
        assert_eq!(body::next(&mut lent).await.expect("it is lent"), Some(Bytes::from_static(b"one")));
        let rest = lender.rest().expect("it was lent");
        assert_eq!(rest.collect().await.expect("bytes").to_bytes(), "two");
        assert!(body::next(&mut lent).await.is_err(), "it does not look like the end");
        assert!(lender.rest().is_none());
    }

    #[tokio::test]
    async fn what_was_sent_to_its_end_is_not_kept_until_there_is_an_answer() {
        let (lender, kept) = (Lender::default(), Arc::new(()));
        let held = Arc::clone(&kept);
        let source = stream::unfold(false, move |sent| {
            let _held = Arc::clone(&held);
            async move { (!sent).then(|| (Ok(Bytes::from_static(b"one")), true)) }
        });
        let mut lent = lender.lend(body::streaming(Box::pin(source)));
        while body::next(&mut lent).await.expect("it is lent").is_some() {}
        assert_eq!(Arc::strong_count(&kept), 1, "it is gone while the loan goes on");
        assert!(lender.rest().is_some(), "its sender is still told as one who sends");
    }

    #[tokio::test]
    async fn a_reader_that_waits_is_woken_when_it_is_had_back() {
        let lender = Lender::default();
        let mut lent = lender.lend(body::streaming(stream::pending()));
        let reading = tokio::spawn(async move { body::next(&mut lent).await });
        tokio::task::yield_now().await;
        drop(lender.rest());
        assert!(reading.await.expect("no panic").is_err());
    }
}
