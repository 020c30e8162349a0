//! Tokens for agents behind a Gogs Spanner gateway: find the proof at hand, exchange it, renew quietly, narrow offline,
//! and call.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use gogs_spanner_sdk::{Narrowing, Session, SignedDuration};
//!
//! let session = Session::discover().await?;         // what GOGS_SPANNER_* says, or what the platform offers
//! let token = session.token().await?;               // valid now; renewed before it ends
//!
//! // Less, for a sub-agent: no request is made, and nobody can widen it again.
//! let narrow = token.narrow(Narrowing::to("acme/web").read_only().lifetime(SignedDuration::from_mins(5)))?;
//! println!("for {}, until {}", narrow.origin(), narrow.expires());
//!
//! // The API behind the gateway.
//! let repository: serde_json::Value = session.client().get("/api/v1/repos/acme/web").read().await?;
//! # Ok(()) }
//! ```
//!
//! A proof is made for one gateway, the one being talked to, and goes nowhere else: its origin is the audience, no
//! redirect is followed, no proxy is taken from the environment. A token goes to the gateway it is for. A gateway that
//! says no is a [`Refused`] with a stable reason, never a text to parse.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod client;
mod clock;
mod discovery;
mod error;
mod exchange;
mod git;
mod key;
mod login;
mod metadata;
mod narrowing;
mod origin;
mod own;
mod proof;
mod session;
mod sign_in;
mod token;
mod trace;
mod transport;
#[cfg(test)]
mod vectors;

pub use gogs_spanner_capability::{
    Action, Effect, EffectiveRight, NameError, Next, Reason, RefName, RepositoryName, Request, Right, Rights, TreePath,
};
pub use jiff::{SignedDuration, Timestamp};

pub use reqwest::{Method, Response, StatusCode};

pub use self::{
    client::{Call, Client, PathError},
    clock::{Clock, SystemClock},
    discovery::DiscoveryError,
    error::{Answered, Error, LoginError, Refused},
    git::Variables,
    key::KeyError,
    login::{Browser, Device, Login},
    metadata::MetadataError,
    narrowing::{Narrowing, NarrowingError},
    origin::{Origin, OriginError},
    own::{Decision, LimitStanding, Outcome, Whoami},
    proof::ProofError,
    session::{Builder, Session},
    sign_in::{SignIn, SignInError, SignIns},
    token::{Token, TokenError},
};
