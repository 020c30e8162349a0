//! A request's body, with an end to how long one waits for its next bytes.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::body::{Alarm, Fault};

/// Longer silences are not a slow line but nobody: git itself gives up later, proxies earlier.
pub(super) const SILENCE: Duration = Duration::from_mins(1);

/// A body that fails when its caller falls silent.
pub(super) struct Patient<B = Incoming> {
    body: B,
    alarm: Alarm,
}

impl<B> Patient<B> {
    pub(super) fn new(body: B) -> Self {
        Self { body, alarm: Alarm::new(SILENCE) }
    }
}

impl<B> Body for Patient<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.alarm.stop();
            return Poll::Ready(frame.map(|frame| frame.map_err(Fault::of)));
        }
        self.alarm.poll(SILENCE, context).map(|()| Some(Err(Fault::of("the caller stopped sending"))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use http_body_util::{BodyExt, StreamBody};
    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_falls_silent_is_not_waited_for() {
        let silent = StreamBody::new(stream::pending::<Result<Frame<Bytes>, Fault>>());
        let began = Instant::now();
        let frame = Patient::new(silent).frame().await.expect("an error");
        assert!(frame.is_err());
        assert_eq!(began.elapsed(), SILENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_caller_is_waited_for() {
        let slow = stream::unfold(0, |sent| async move {
            sleep(SILENCE / 2).await;
            (sent < 4).then(|| (Ok::<_, Fault>(Frame::data(Bytes::from_static(b"x"))), sent + 1))
        });
        let body = Patient::new(StreamBody::new(Box::pin(slow)));
        assert_eq!(body.collect().await.expect("all of it").to_bytes(), "xxxx");
    }
}
