//! A body that is read no further than so many bytes.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Frame;

use crate::body::{Body, Fault};

/// A body, as far as it stays within a number of bytes; without one, all of it.
#[derive(Debug)]
pub struct Within<'b> {
    body: &'b mut Body,
    most: Option<u64>,
    read: u64,
}

impl<'b> Within<'b> {
    /// No more of `body` than that.
    pub const fn new(body: &'b mut Body, most: Option<u64>) -> Self {
        Self { body, most, read: 0 }
    }

    /// How many bytes had come when there was one too many; the rest of the body is still to be read.
    pub fn found_beyond(&self) -> Option<u64> {
        self.is_beyond().then_some(self.read)
    }

    fn is_beyond(&self) -> bool {
        self.most.is_some_and(|most| self.read > most)
    }
}

impl http_body::Body for Within<'_> {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        let frame = ready!(Pin::new(&mut *self.body).poll_frame(context));
        let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
        self.read += data.map_or(0, Bytes::len) as u64;
        Poll::Ready(if self.is_beyond() { Some(Err(Fault::of("more came than is taken"))) } else { frame })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}
