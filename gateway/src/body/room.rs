//! Room for bodies that are read whole: small ones always find it, of large ones only so many at once.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use gogs_spanner_capability::Reason;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Body, Fault, Paced, next};
use crate::refuse::Refusal;

/// Up to here a body needs no place: what connections alone may hold, 1 MiB each, is bounded by their number.
const SMALL: usize = 1024 * 1024;
/// Larger ones at once. Each is at most 64 MiB and, while it is read, there up to three times over.
const LARGE_AT_ONCE: usize = 4;
/// How long a large body waits for a place: other callers decide how long theirs take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The places for large bodies. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Room(Arc<Semaphore>);

/// A body held whole, and the place it takes.
#[derive(Debug)]
pub struct Held {
    /// Its bytes.
    pub bytes: Bytes,
    place: Option<OwnedSemaphorePermit>,
}

/// Why a body is not held.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// It is larger than its bound.
    #[error("the body is larger than {most} bytes")]
    TooLarge {
        /// The bound.
        most: usize,
    },
    /// Others hold all the places.
    #[error("{LARGE_AT_ONCE} large bodies are being read already")]
    Full,
    /// It broke off.
    #[error("the body broke off")]
    Broken(#[source] Fault),
}

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LARGE_AT_ONCE)))
    }
}

impl Room {
    /// Reads a body of at most `most` bytes.
    ///
    /// # Errors
    /// [`RoomError`]; the bound is judged by what comes, whatever was announced.
    pub async fn hold(&self, body: Body, most: usize) -> Result<Held, RoomError> {
        let mut body = Paced::new(body).boxed_unsync();
        let (mut bytes, mut place) = (BytesMut::new(), None);
        while let Some(chunk) = next(&mut body).await.map_err(RoomError::Broken)? {
            if chunk.len() > most - bytes.len() {
                return Err(RoomError::TooLarge { most });
            }
            if place.is_none() && bytes.len() + chunk.len() > SMALL {
                place = Some(self.place().await?);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Held { bytes: bytes.freeze(), place })
    }

    async fn place(&self) -> Result<OwnedSemaphorePermit, RoomError> {
        let place = Arc::clone(&self.0).acquire_owned();
        tokio::time::timeout(PATIENCE, place).await.ok().and_then(Result::ok).ok_or(RoomError::Full)
    }
}

impl Held {
    /// Other bytes in the place of these.
    #[must_use]
    pub fn replaced(self, bytes: Vec<u8>) -> Self {
        Self { bytes: bytes.into(), place: self.place }
    }

    /// The bytes, which give the place back when the last of them go.
    pub fn into_bytes(self) -> Bytes {
        if self.place.is_none() { self.bytes } else { Bytes::from_owner(Owner(self)) }
    }
}

/// Keeps a place taken as long as its bytes are anywhere.
struct Owner(Held);

impl AsRef<[u8]> for Owner {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl From<RoomError> for Refusal {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::TooLarge { .. } => Self::new(Reason::TooLarge).because(error.to_string()),
            RoomError::Full => Self::new(Reason::SpoolFull).because(error.to_string()),
            RoomError::Broken(ref fault) => {
                Self::new(Reason::RequestMalformed).because(format!("the body broke off: {fault}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::full;

    fn body(length: usize) -> Body {
        full(vec![b'x'; length])
    }

    #[tokio::test]
    async fn a_body_is_held_up_to_its_bound_and_not_beyond() {
        let room = Room::default();
        assert_eq!(room.hold(body(8), 8).await.expect("as large as it may be").bytes.len(), 8);
        assert!(matches!(room.hold(body(9), 8).await, Err(RoomError::TooLarge { most: 8 })));
    }

    #[tokio::test(start_paused = true)]
    async fn large_bodies_have_so_many_places_and_small_ones_need_none() {
        let room = Room::default();
        let mut held = Vec::new();
        for _ in 0..LARGE_AT_ONCE {
            let large = room.hold(body(SMALL + 1), 2 * SMALL).await.expect("a place is left");
            held.push(large.replaced(vec![b'y'; SMALL]).into_bytes());
        }
        assert!(matches!(room.hold(body(SMALL + 1), 2 * SMALL).await, Err(RoomError::Full)));
        assert!(room.hold(body(SMALL), 2 * SMALL).await.is_ok());
        let (first, again) = (held.pop(), held.last().cloned());
        assert_eq!(first.map(|bytes| bytes.len()), Some(SMALL));
        assert!(room.hold(body(SMALL + 1), 2 * SMALL).await.is_ok(), "a place was given back");
        drop(again);
    }
}
