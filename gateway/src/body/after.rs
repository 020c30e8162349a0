//! Bytes that were read ahead, and behind them the body they were read from.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::{Body, Fault};

/// The bytes, and then the rest; as long as both together, where that is known. Trailers do not pass.
pub(super) struct After {
    first: Bytes,
    rest: Body,
}

impl After {
    pub(super) const fn new(first: Bytes, rest: Body) -> Self {
        Self { first, rest }
    }
}

impl http_body::Body for After {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        if !self.first.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.first)))));
        }
        loop {
            match ready!(Pin::new(&mut self.rest).poll_frame(context)) {
                Some(Ok(frame)) if !frame.is_data() => {}
                next => return Poll::Ready(next),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (first, rest) = (self.first.len() as u64, self.rest.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(first));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(first));
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;
    use http_body_util::BodyExt;

    use super::*;
    use crate::body::{after, empty, full, streaming};

    #[tokio::test]
    async fn what_was_read_ahead_comes_first_and_counts() {
        let body = after(Bytes::from_static(b"PA"), full("CK"));
        assert_eq!(body.size_hint().exact(), Some(4));
        assert_eq!(body.collect().await.expect("bytes").to_bytes(), "PACK");
        assert!(after(Bytes::new(), empty()).is_end_stream());
    }

    #[test]
    fn of_a_rest_without_a_length_only_the_beginning_is_known() {
        let body = after(Bytes::from_static(b"PA"), streaming(futures::stream::empty()));
        assert_eq!((body.size_hint().lower(), body.size_hint().exact()), (2, None));
    }
}
