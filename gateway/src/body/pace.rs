//! A body the gateway reads for itself, with an end to how slowly it may come.
//!
//! What flows through costs a connection while it waits, and may be silent for a while (`listen/patience.rs`): it is measured
//! over a long one. What is read to be looked into, or to be thrown away, holds memory, disk or a place until it has come
//! to its end.

use std::{
    fmt::Display,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::{Alarm, Fault};

/// The least that must come in a second: slower than this is nobody's line, but somebody who wants to hold on.
const LEAST: u64 = 64 * 1024;
/// Over how long a wait that is measured, so that a short body may come as it likes and a stall is forgiven.
const MEASURED_OVER: Duration = Duration::from_secs(10);
/// The same for what flows, where one stall follows another on a bad line.
const FLOWING_OVER: Duration = Duration::from_mins(10);

/// A body that fails when it comes too slowly. Only time spent waiting for it counts: not the reader's own.
pub struct Paced<B> {
    body: B,
    over: Duration,
    read: u64,
    left: Duration,
    alarm: Alarm,
}

impl<B> Paced<B> {
    /// The body, to be read now.
    pub fn new(body: B) -> Self {
        Self::over(MEASURED_OVER, body)
    }

    /// The body, to flow on.
    pub fn flowing(body: B) -> Self {
        Self::over(FLOWING_OVER, body)
    }

    fn over(over: Duration, body: B) -> Self {
        Self { body, over, read: 0, left: over, alarm: Alarm::new(over) }
    }

    /// Something came: what was waited for it is over, and enough of it begins a new measure.
    fn came(&mut self, bytes: u64) {
        self.left = self.left.saturating_sub(self.alarm.stop());
        self.read += bytes;
        if self.read >= LEAST * self.over.as_secs() {
            (self.read, self.left) = (0, self.over);
        }
    }
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Display,
{
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
            let bytes = data.map_or(0, Bytes::len) as u64;
            self.came(bytes);
            return Poll::Ready(frame.map(|frame| frame.map_err(Fault::of)));
        }
        let left = self.left;
        let slow = || Fault::of(format!("less than {LEAST} bytes a second came of it"));
        self.alarm.poll(left, context).map(|()| Some(Err(slow())))
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
    use futures::{Stream, stream};
    use http_body_util::{BodyExt, StreamBody};
    use tokio::time::{Instant, sleep};

    use super::*;

    /// So many bytes after each pause, so often.
    fn coming(bytes: usize, pause: Duration, times: usize) -> impl Stream<Item = Result<Frame<Bytes>, Fault>> {
        stream::unfold(0, move |sent| async move {
            sleep(pause).await;
            (sent < times).then(|| (Ok(Frame::data(Bytes::from(vec![b'x'; bytes]))), sent + 1))
        })
    }

    async fn read(bytes: usize, pause: Duration, times: usize) -> Result<usize, Fault> {
        let body = Paced::new(StreamBody::new(Box::pin(coming(bytes, pause, times))));
        body.collect().await.map(|whole| whole.to_bytes().len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_too_slowly_is_not_waited_for() {
        let began = Instant::now();
        assert!(read(1, Duration::from_millis(100), 10_000).await.is_err());
        assert_eq!(began.elapsed(), MEASURED_OVER);
        assert!(read(64 * 1024 - 1, Duration::from_secs(1), 100).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_comes_fast_enough_or_is_short_is_read_to_its_end() {
        assert_eq!(read(64 * 1024, Duration::from_secs(1), 100).await.ok(), Some(6_553_600));
        assert_eq!(read(1, Duration::from_secs(1), 9).await.ok(), Some(9), "a short one may come as it likes");
        assert_eq!(read(640 * 1024, Duration::from_secs(9), 20).await.ok(), Some(13_107_200), "a stall is forgiven");
    }

    #[tokio::test(start_paused = true)]
    async fn what_flows_may_stall_again_and_again_and_not_trickle_for_ever() {
        let flowing = async |bytes: usize, times: usize| {
            Paced::flowing(StreamBody::new(Box::pin(coming(bytes, Duration::from_secs(50), times)))).collect().await
        };
        let (began, piece) = (Instant::now(), usize::try_from(LEAST).expect("it fits") * 50);
        assert_eq!(flowing(piece, 30).await.expect("it is fast enough").to_bytes().len(), piece * 30);
        assert!(began.elapsed() > FLOWING_OVER * 2);
        let began = Instant::now();
        assert!(flowing(1, 10_000).await.is_err());
        assert_eq!(began.elapsed(), FLOWING_OVER);
    }

    #[tokio::test(start_paused = true)]
    async fn time_the_reader_takes_for_itself_does_not_count() {
        let mut body = Paced::new(StreamBody::new(Box::pin(coming(1, Duration::from_secs(1), 5))));
        while let Some(frame) = body.frame().await {
            frame.expect("it is not late");
            sleep(MEASURED_OVER * 6).await;
        }
    }
}
