//! A pack on its way to the forge, each piece of it taken from its agent's limits before it goes on.
//!
//! A pack ends in the checksum of all of it (gitformat-pack), so of one that is broken off before its end nothing comes.
//! Whether it had ended, and something was sent after it, is not known here.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::breakage::Breakage;
use crate::{
    body::{self, Body, Fault},
    limit::Charge,
    refuse::Refusal,
};

/// A pack that may turn out to be more than its agent may push.
pub(super) struct MeteredPack {
    source: Body,
    charge: Charge,
    breakage: Breakage,
}

impl MeteredPack {
    pub(super) const fn new(source: Body, charge: Charge, breakage: Breakage) -> Self {
        Self { source, charge, breakage }
    }

    fn break_off(&mut self, refusal: Refusal, piece: Bytes) -> Fault {
        let fault = Fault::of(&refusal);
        let rest = std::mem::replace(&mut self.source, body::empty());
        self.breakage.set(refusal, body::after(piece, rest));
        fault
    }
}

impl http_body::Body for MeteredPack {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        loop {
            let next = ready!(Pin::new(&mut self.source).poll_frame(context));
            return Poll::Ready(match next.map(|frame| frame.map(Frame::into_data)) {
                None => None,
                Some(Err(error)) => Some(Err(error)),
                Some(Ok(Err(_trailers))) => continue,
                Some(Ok(Ok(piece))) => Some(match self.charge.grow(piece.len() as u64) {
                    Ok(()) => Ok(Frame::data(piece)),
                    Err(refusal) => Err(self.break_off(refusal, piece)),
                }),
            });
        }
    }

    fn is_end_stream(&self) -> bool {
        self.source.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.source.size_hint()
    }
}
