//! A connection whose other end must take what it is sent.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::patience::SILENCE;
use crate::body::Alarm;

/// A connection that fails when nothing of what is written to it is taken: half-open ones keep a place, a connection to
/// the forge and a process there for nobody.
pub(super) struct Taking<S> {
    stream: S,
    alarm: Alarm,
}

impl<S> Taking<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, alarm: Alarm::new(SILENCE) }
    }

    /// What came of writing, unless it has been waited for too long.
    fn judge<T>(&mut self, polled: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.alarm.stop();
            return polled;
        }
        self.alarm.poll(SILENCE, context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Taking<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(polled, context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(polled, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(context);
        self.judge(polled, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.judge(polled, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Taking<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time::{Instant, sleep},
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_takes_nothing_is_not_written_to_for_ever() {
        let (near, _far) = duplex(16);
        let began = Instant::now();
        let error = Taking::new(near).write_all(&[0; 17]).await.expect_err("nobody takes it");
        assert_eq!((error.kind(), began.elapsed()), (io::ErrorKind::TimedOut, SILENCE));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_takes_little_by_little_is_written_to() {
        let (near, mut far) = duplex(16);
        let reading = tokio::spawn(async move {
            for _ in 0..5 {
                sleep(SILENCE / 2).await;
                far.read_exact(&mut [0; 16]).await.expect("sixteen bytes");
            }
        });
        Taking::new(near).write_all(&[0; 80]).await.expect("all of it is taken");
        reading.await.expect("read");
    }
}
