//! Bodies: one boxed type for what flows in, through and out.

mod after;
mod alarm;
mod pace;
mod room;

use bytes::Bytes;
use futures::{Stream, TryStreamExt};
use http_body::Frame;
use http_body_util::{BodyExt, BodyStream, Collected, Empty, Full, Limited, StreamBody, combinators::UnsyncBoxBody};

use self::after::After;
pub use self::{
    alarm::Alarm,
    pace::Paced,
    room::{Held, Room, RoomError, Share},
};

/// What went wrong while a body flowed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Fault(String);

impl Fault {
    /// Any error, as a fault.
    pub fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// A body in flight; it may be polled by one task at a time.
pub type Body = UnsyncBoxBody<Bytes, Fault>;

/// An answer on its way to the caller.
pub type Response = http::Response<Body>;

/// The media type of the LFS protocol.
pub const LFS_TYPE: &str = "application/vnd.git-lfs+json";

/// Answers read whole are short texts of the forge.
const SMALL: usize = 64 * 1024;

/// Nothing.
pub fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// These bytes.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Any body.
pub fn boxed<B>(body: B) -> Body
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: std::fmt::Display,
{
    body.map_err(Fault::of).boxed_unsync()
}

/// These bytes, and then the body they were read ahead from. Trailers do not pass.
pub fn after(first: Bytes, rest: Body) -> Body {
    After::new(first, rest).boxed_unsync()
}

/// A body out of a stream of bytes.
pub fn streaming(bytes: impl Stream<Item = Result<Bytes, Fault>> + Send + 'static) -> Body {
    StreamBody::new(bytes.map_ok(Frame::data)).boxed_unsync()
}

/// The bytes of a body, without its trailers.
pub fn data(body: Body) -> impl Stream<Item = Result<Bytes, Fault>> + Send {
    BodyStream::new(body).try_filter_map(|frame| async { Ok(frame.into_data().ok()) })
}

/// The next bytes of a body; `None` at its end.
pub async fn next<B>(body: &mut B) -> Result<Option<Bytes>, Fault>
where
    B: http_body::Body<Data = Bytes, Error = Fault> + Unpin,
{
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame?.into_data() {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// A short body, whole.
pub async fn small(body: Body) -> Result<Bytes, Fault> {
    Limited::new(body, SMALL).collect().await.map(Collected::to_bytes).map_err(Fault::of)
}
