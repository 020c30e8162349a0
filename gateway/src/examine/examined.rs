//! A request whose effects are known, and what of it will be sent on.

use bytes::Bytes;
use gogs_spanner_capability::Effect;
use gogs_spanner_gitwire::{Commands, Service};
use http::HeaderValue;

use crate::{
    body::{self, Body},
    classify::{Route, request_type},
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
        pack: Body,
    },
}

impl Examined {
    /// The refusal of this request, addressed as its caller can read it.
    pub fn refused(self, refusal: Refusal) -> Refused {
        let audience = match (self.route, self.payload) {
            (Route::Advertisement(_, service), _) => Audience::Advertisement(service),
            (Route::ReceivePack(_), Payload::Push { commands, pack }) => {
                Audience::Push { commands: Box::new(commands), rest: pack }
            }
            (Route::UploadPack(_), _) => Audience::Call(Service::UploadPack),
            _ => Audience::Api,
        };
        Refused::to(audience, refusal)
    }
}

impl Payload {
    /// The same payload once more, where nothing of it can have flowed away.
    pub(crate) fn again(&self) -> Option<Self> {
        match self {
            Self::Empty => Some(Self::Empty),
            Self::Held { content_type, bytes } => {
                Some(Self::Held { content_type: content_type.clone(), bytes: bytes.clone() })
            }
            Self::Flowing { .. } | Self::Push { .. } => None,
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
            Self::Push { commands, pack } => {
                let content_type = HeaderValue::from_static(request_type(Service::ReceivePack));
                (Some(content_type), body::after(commands.raw, pack), None)
            }
        }
    }
}
