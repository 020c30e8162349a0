//! Who reads a refusal, and so in which form it can be read.

use gogs_spanner_gitwire::{Commands, Service};
use http::Request;

use crate::{body::Body, classify::Route};

/// The reader of a refusal.
#[derive(Debug)]
pub enum Audience {
    /// A program that speaks HTTP: problem documents (RFC 9457).
    Api,
    /// git, before it has sent anything but a question.
    Advertisement(Service),
    /// git, of which no more is known than that it is calling.
    Git,
    /// git, in the middle of a call its caller may read the answer of.
    Call(Service),
    /// git, pushing: told per ref, once it has sent everything it wants to send.
    Push {
        /// What it asked for.
        commands: Box<Commands>,
        /// What it is still sending.
        rest: Body,
    },
    /// git, pushing, where nobody knows what came of it: told of none of its refs, once it has sent everything.
    Doubt {
        /// What it is still sending.
        rest: Body,
    },
    /// git-lfs, or another client of its protocol.
    Lfs {
        /// What it is still sending, where it is sending an object.
        rest: Option<Body>,
    },
}

impl Audience {
    /// As far as the route tells.
    pub const fn of_route(route: &Route) -> Self {
        match route {
            Route::Advertisement(_, service) => Self::Advertisement(*service),
            Route::Probe(_) | Route::Rest(_) => Self::Api,
            Route::Lfs(_) => Self::Lfs { rest: None },
            Route::UploadPack(_) => Self::Call(Service::UploadPack),
            Route::ReceivePack(_) => Self::Call(Service::ReceivePack),
        }
    }

    /// As far as the request line tells.
    pub fn of_request(request: &Request<Body>) -> Self {
        let path = request.uri().path();
        if path.ends_with("/info/refs") {
            let pushes = request.uri().query() == Some("service=git-receive-pack");
            return Self::Advertisement(if pushes { Service::ReceivePack } else { Service::UploadPack });
        }
        if path.contains("/info/lfs/") {
            return Self::Lfs { rest: None };
        }
        match path.rsplit('/').next() {
            Some("git-upload-pack" | "git-receive-pack") => Self::Git,
            _ => Self::Api,
        }
    }
}
