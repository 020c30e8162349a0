//! Tokens for agents behind a Gogs Spanner gateway: find the proof at hand, exchange it, renew quietly.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use gogs_spanner_sdk::Session;
//!
//! let session = Session::discover().await?;         // arguments, then GOGS_SPANNER_*
//! let token = session.token().await?;               // valid now; renewed before it ends
//! println!("valid until {}", token.expires());
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
    origin::{Origin, OriginError},
    proof::ProofError,
    session::{Builder, Session},
    token::Token,
};
