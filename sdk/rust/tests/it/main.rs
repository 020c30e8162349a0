//! The library against a gateway that answers as told.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod client;
mod git;
mod login;
mod scene;
mod session;
mod trace;
