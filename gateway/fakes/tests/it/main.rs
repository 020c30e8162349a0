//! The demonstration forge and issuer, driven by real git and by an HTTP client.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod api;
mod client;
mod git;
mod issuer;
mod recorder;
mod shell;
mod transcripts;
