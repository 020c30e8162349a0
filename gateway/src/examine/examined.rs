//! A request whose effects are known, and what of it will be sent on.

use bytes::Bytes;
use gogs_spanner_capability::{Effect, LfsObject};
use gogs_spanner_gitwire::{Commands, Service};
use http::HeaderValue;
use http_body::Body as _;

use super::{Batch, spool::SpooledBody};
use crate::{
    body::{self, Body, LFS_TYPE},
    classify::{Route, request_type},
    limit::Cost,
    refuse::{Audience, Refusal, Refused},
};

/// A request whose effects are known.
#[derive(Debug)]
pub struct Examined {
    /// The route it came on.
    pub route: Route,
    /// Everything it would do.
    pub effects: Vec<Effect>,
    /// What is to be sent on.
    pub payload: Payload,
    /// The answer's media types the caller takes.
    pub accept: Option<HeaderValue>,
}

/// The body to be forwarded: never the caller's framing, and where a decision was read from it, our own serialisation.
#[derive(Debug)]
pub enum Payload {
    /// No body.
    Empty,
    /// A body held in memory, so the request can be sent a second time.
    Held {
        /// Its media type.
        content_type: HeaderValue,
        /// Its bytes.
        bytes: Bytes,
    },
    /// A body that flows through.
    Flowing {
        /// Its media type.
        content_type: HeaderValue,
        /// Its bytes, as they come.
        body: Body,
    },
    /// A push: the commands that were decided on, and the pack behind them.
    Push {
        /// The decided commands; their exact bytes go first.
        commands: Commands,
        /// What follows them.
        pack: Pack,
    },
    /// An LFS batch: what the caller asked, and the question that is put to the forge for it.
    Batch {
        /// What was asked.
        asked: Batch,
        /// The question.
        question: Bytes,
    },
    /// The bytes of one LFS object, which are known to be right only when the last has come.
    Object {
        /// The object they are to be.
        object: LfsObject,
        /// Its bytes, as they come.
        body: Body,
    },
}

/// What follows the commands of a push.
#[derive(Debug)]
pub enum Pack {
    /// Its sender is still sending it.
    Coming(Body),
    /// All of it is here, on disk.
    Stored(SpooledBody),
}

impl Pack {
    /// What its sender has still to send.
    pub(crate) fn rest(self) -> Body {
        match self {
            Self::Coming(body) => body,
            Self::Stored(_) => body::empty(),
        }
    }

    fn into_body(self) -> Body {
        match self {
            Self::Coming(body) => body,
            Self::Stored(body) => body::boxed(body),
        }
    }

    fn length(&self) -> Option<u64> {
        match self {
            Self::Coming(body) => body.size_hint().exact(),
            Self::Stored(body) => body.size_hint().exact(),
        }
    }
}

impl Examined {
    /// What it takes of its agent's limits besides the request: a push, if it writes any ref, and the bytes it brings. A
    /// pack that nobody measured, for nobody limits it, is more than any limit.
    pub fn cost(&self) -> Cost {
        let push = Cost::of_effects(&self.effects);
        let bytes = match &self.payload {
            Payload::Held { bytes, .. } if push == Cost::PUSH => bytes.len() as u64,
            Payload::Object { object, .. } => object.size,
            Payload::Push { pack, .. } => pack.length().unwrap_or(u64::MAX),
            _ => 0,
        };
        push.and(Cost::bytes(bytes))
    }

    /// The refusal of this request, addressed as its caller can read it.
    pub fn refused(self, refusal: Refusal) -> Refused {
        let audience = match (self.route, self.payload) {
            (Route::Advertisement(_, service), _) => Audience::Advertisement(service),
            (Route::ReceivePack(_), Payload::Push { commands, pack }) => {
                Audience::Push { commands: Box::new(commands), rest: pack.rest() }
            }
            (route @ Route::UploadPack(_), _) => Audience::of_route(&route),
            (Route::Lfs(_), Payload::Object { body, .. }) => Audience::Lfs { rest: Some(body) },
            (Route::Lfs(_), _) => Audience::Lfs { rest: None },
            _ => Audience::Api,
        };
        Refused::to(audience, refusal)
    }
}

impl Payload {
    /// A body held in memory.
    pub(crate) fn held(media_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self::Held { content_type: HeaderValue::from_static(media_type), bytes: bytes.into() }
    }

    /// The same payload once more, where nothing of it can have flowed away.
    pub(crate) fn again(&self) -> Option<Self> {
        match self {
            Self::Empty => Some(Self::Empty),
            Self::Held { content_type, bytes } => {
                Some(Self::Held { content_type: content_type.clone(), bytes: bytes.clone() })
            }
            Self::Batch { asked, question } => Some(Self::Batch { asked: asked.clone(), question: question.clone() }),
            Self::Flowing { .. } | Self::Push { .. } | Self::Object { .. } => None,
        }
    }

    /// Media type, bytes, and their number where it is known.
    pub(crate) fn into_body(self) -> (Option<HeaderValue>, Body, Option<u64>) {
        match self {
            Self::Empty => (None, body::empty(), None),
            Self::Held { content_type, bytes } => {
                let length = bytes.len() as u64;
                (Some(content_type), body::full(bytes), Some(length))
            }
            Self::Flowing { content_type, body } => (Some(content_type), body, None),
            Self::Batch { question, .. } => Self::held(LFS_TYPE, question).into_body(),
            Self::Object { object, body } => {
                (Some(HeaderValue::from_static("application/octet-stream")), body, Some(object.size))
            }
            Self::Push { commands, pack } => {
                let content_type = HeaderValue::from_static(request_type(Service::ReceivePack));
                // In chunks, whatever is known of its length: what waits for the rest of a length that breaks off waits
                // for ever (`pipe_fixed_length` in git's `http-backend.c`).
                (Some(content_type), body::streaming(body::data(body::after(commands.raw, pack.into_body()))), None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::BodyExt;

    use super::*;
    use crate::examine::{spool::Spool, workbench::agent};

    #[tokio::test]
    async fn of_a_pack_that_is_here_nothing_is_left_to_be_sent() {
        let directory = tempfile::tempdir().expect("a directory");
        let spool = Spool::open(directory.path(), 100).expect("a spool");
        let spooled = spool.store(&agent(), &mut body::full("PACK")).await.expect("room");
        let rest = async |pack: Pack| pack.rest().collect().await.expect("bytes").to_bytes();
        assert_eq!(rest(Pack::Coming(body::full("PACK"))).await, "PACK");
        assert_eq!(rest(Pack::Stored(spooled.body().expect("a body"))).await, Bytes::new());
    }
}
