//! Tokens for agents behind a Gogs Spanner gateway: find the proof at hand, exchange it, renew quietly, narrow offline.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use gogs_spanner_sdk::{Narrowing, Session, SignedDuration};
//!
//! let session = Session::discover().await?;         // arguments, then GOGS_SPANNER_*
//! let token = session.token().await?;               // valid now; renewed before it ends
//!
//! // Less, for a sub-agent: no request is made, and nobody can widen it again.
//! let narrow = token.narrow(&Narrowing::to("acme/web").read_only().lifetime(SignedDuration::from_mins(5)))?;
//! println!("Authorization: {}", narrow.authorization());
//! # Ok(()) }
//! ```
//!
//! A proof is made for one gateway, the one being talked to, and goes nowhere else: its origin is the audience, no
//! redirect is followed, no proxy is taken from the environment. A gateway that says no is a [`Refused`] with a stable
//! reason, never a text to parse.

mod clock;
mod discovery;
mod error;
mod exchange;
mod key;
mod narrowing;
mod origin;
mod proof;
mod session;
mod token;

pub use gogs_spanner_capability::{Action, Request};
pub use jiff::{SignedDuration, Timestamp};

pub use self::{
    clock::{Clock, SystemClock},
    discovery::DiscoveryError,
    error::{Error, Refused},
    key::KeyError,
    narrowing::{Narrowing, NarrowingError},
    origin::{Origin, OriginError},
    proof::ProofError,
    session::{Builder, Session},
    token::Token,
};
