//! Room for bodies that are read whole: small ones always find it, of large ones only so many at once.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use gogs_spanner_capability::{AgentName, Reason};
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::{Body, Fault, Paced, next};
use crate::{
    places::{Place, Places, Taken},
    refuse::Refusal,
};

/// Places at once. A body is at most 64 MiB and, while it is read, there up to three times over.
const PLACES: usize = 4;
/// Those of one agent.
const PLACES_OF_AN_AGENT: usize = 2;
/// How long a large body waits for a place: other callers decide how long theirs take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a body may go on coming once it has a place, which others wait for: a minute is 32 MiB, the largest that is
/// sent, at half a megabyte a second.
const READ_WITHIN: Duration = Duration::from_mins(1);

/// The places for large bodies. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Room(Arc<Places>);

/// What of the room is one agent's.
#[derive(Debug, Clone, Copy)]
pub struct Share<'a> {
    room: &'a Room,
    agent: &'a AgentName,
}

/// A body held whole, and the place it takes.
#[derive(Debug)]
pub struct Held {
    /// Its bytes.
    pub bytes: Bytes,
    place: Option<Place>,
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
    /// All the places are taken.
    #[error("{PLACES} large bodies are being read already")]
    Full,
    /// The agent has taken as many as one may.
    #[error("{PLACES_OF_AN_AGENT} large bodies of this agent are being read already")]
    AgentFull,
    /// It takes others' room for too long.
    #[error("not all of the body came within {} seconds", READ_WITHIN.as_secs())]
    Slow,
    /// It broke off.
    #[error("the body broke off")]
    Broken(#[source] Fault),
}

/// A body on its way into memory.
struct Reading {
    body: Body,
    bytes: BytesMut,
    most: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Places::new(PLACES, PLACES_OF_AN_AGENT, PATIENCE)))
    }
}

impl Room {
    /// Up to here a body needs no place: what connections alone may hold, 1 MiB each, is bounded by their number.
    pub const SMALL: usize = 1024 * 1024;

    /// An agent's share.
    pub const fn of<'a>(&'a self, agent: &'a AgentName) -> Share<'a> {
        Share { room: self, agent }
    }
}

impl Share<'_> {
    /// Reads a body of at most `most` bytes.
    ///
    /// # Errors
    /// [`RoomError`]; the bound is judged by what comes, whatever was announced.
    pub async fn hold(self, body: Body, most: usize) -> Result<Held, RoomError> {
        let mut reading = Reading { body: Paced::new(body).boxed_unsync(), bytes: BytesMut::new(), most };
        reading.read_beyond(Room::SMALL).await?;
        let mut place = None;
        if reading.bytes.len() > Room::SMALL {
            place = Some(self.room.0.take(self.agent).await?);
            timeout(READ_WITHIN, reading.read_beyond(most)).await.map_err(|_| RoomError::Slow)??;
        }
        Ok(Held { bytes: reading.bytes.freeze(), place })
    }

    /// Makes room for what may become so large.
    ///
    /// # Errors
    /// [`RoomError`], where it has no place yet and there is none.
    pub async fn make_room(self, held: Held, most: usize) -> Result<Held, RoomError> {
        let place = match held.place {
            None if most > Room::SMALL => Some(self.room.0.take(self.agent).await?),
            place => place,
        };
        Ok(Held { place, ..held })
    }
}

impl Reading {
    /// Reads until there is more than that, or no more comes.
    async fn read_beyond(&mut self, length: usize) -> Result<(), RoomError> {
        while self.bytes.len() <= length {
            let Some(chunk) = next(&mut self.body).await.map_err(RoomError::Broken)? else { break };
            if chunk.len() > self.most - self.bytes.len() {
                return Err(RoomError::TooLarge { most: self.most });
            }
            self.bytes.extend_from_slice(&chunk);
        }
        Ok(())
    }
}

impl Held {
    /// Whether it has a place.
    pub const fn is_large(&self) -> bool {
        self.place.is_some()
    }

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

impl From<Taken> for RoomError {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::ByAgent => Self::AgentFull,
            Taken::ByAll => Self::Full,
        }
    }
}

impl From<RoomError> for Refusal {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::TooLarge { .. } => Self::new(Reason::TooLarge).because(error.to_string()),
            RoomError::Full => Self::new(Reason::SpoolFull).because(error.to_string()),
            RoomError::AgentFull => {
                Self::new(Reason::SpoolFull).because(error.to_string()).hint("send large bodies one after another")
            }
            RoomError::Slow => Self::new(Reason::RequestMalformed)
                .because(error.to_string())
                .hint("send it over a faster line, or in smaller parts"),
            RoomError::Broken(ref fault) => {
                Self::new(Reason::RequestMalformed).because(format!("the body broke off: {fault}"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
