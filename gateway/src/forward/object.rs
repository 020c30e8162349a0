//! The bytes of one LFS object on their way: counted and hashed as they flow, and the last one let go only when all are
//! known to be right and what permitted them still holds.
//!
//! So whoever receives them has the whole object or an unmistakably broken transfer: the message was framed by the size
//! the ticket names, and a byte of it is missing (RFC 9112 §8).

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use gogs_spanner_capability::{LfsObject, LfsOid};
use http_body::{Frame, SizeHint};
use sha2::{Digest, Sha256};

use super::lent::Lender;
use crate::{
    body::{Body, Fault},
    caller::Standing,
    examine::{broken, mismatch},
    refuse::Refusal,
};

/// The bytes of an object, checked.
pub(super) struct ObjectBody {
    object: LfsObject,
    source: Body,
    standing: Standing,
    lender: Lender,
    hash: Sha256,
    seen: u64,
    /// The last byte, from when it came until the source has ended.
    last: Option<Bytes>,
}

impl ObjectBody {
    pub(super) fn new(object: LfsObject, source: Body, standing: Standing, lender: Lender) -> Self {
        Self { object, source, standing, lender, hash: Sha256::new(), seen: 0, last: None }
    }

    /// Takes the next bytes in, and says what of them may go on.
    fn take(&mut self, bytes: Bytes) -> Result<Bytes, Refusal> {
        if bytes.is_empty() {
            return Ok(bytes);
        }
        self.seen += bytes.len() as u64;
        if self.seen > self.object.size {
            return Err(mismatch(format!("more came than the {} bytes the object has", self.object.size)));
        }
        self.hash.update(&bytes);
        if self.seen < self.object.size {
            return Ok(bytes);
        }
        let oid = LfsOid::of_digest(&self.hash.finalize_reset().into());
        if oid != self.object.oid {
            return Err(mismatch(format!("the bytes have the SHA-256 {oid}, the object {}", self.object.oid)));
        }
        let mut bytes = bytes;
        self.last = Some(bytes.split_off(bytes.len() - 1));
        Ok(bytes)
    }

    /// The source has ended: the last byte follows, or nothing may.
    fn end(&mut self) -> Result<Option<Bytes>, Refusal> {
        if self.seen < self.object.size {
            let why = format!("{} bytes came of the {} the object has", self.seen, self.object.size);
            return Err(mismatch(why));
        }
        Ok(self.last.take())
    }

    fn break_off(&self, refusal: Refusal) -> Fault {
        let fault = Fault::of(&refusal);
        self.lender.break_off(refusal);
        fault
    }
}

impl http_body::Body for ObjectBody {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        loop {
            let next = ready!(Pin::new(&mut self.source).poll_frame(context));
            let passed = match next.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(bytes))) => self.take(bytes),
                Some(Ok(Err(_trailers))) => continue,
                Some(Err(error)) => Err(broken(&error)),
                None => match self.end() {
                    Ok(None) => return Poll::Ready(None),
                    Ok(Some(last)) => Ok(last),
                    Err(refusal) => Err(refusal),
                },
            };
            return match passed.and_then(|bytes| self.standing.holds().map(|()| bytes)) {
                Ok(bytes) if bytes.is_empty() => continue,
                Ok(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Err(refusal) => Poll::Ready(Some(Err(self.break_off(refusal)))),
            };
        }
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.last.as_ref().map_or(0, |last| last.len() as u64);
        SizeHint::with_exact(self.object.size.saturating_sub(self.seen) + held)
    }
}

impl fmt::Debug for ObjectBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectBody").field("object", &self.object).field("seen", &self.seen).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
