//! Gogs Spanner: the access layer in front of a self-hosted Gogs.
//!
//! # The life of a request
//!
//! ```text
//!  agent ── HTTPS ──► listen ► classify ► authenticate ► examine ► authorize ► intend ► forward ──► Gogs
//!                       │         │            │            │          │          │        │
//!                    limits     Route      Presented    complete    decision   durable  rebuilt path,
//!                    drain      (pure)     → Verified   effects     cache      record   swapped credential
//!                                                                   → Permit               │
//!           response ◄─ refuse (the only place with statuses) ◄──── conclude (outcome) ◄───┘
//! ```
//!
//! Each stage takes the proof of the one before it and gives the next, or a [`Refusal`](refuse::Refusal).
//! [`Permit`](authorize::Permit) has no constructor outside [`authorize`], and [`forward`] consumes it, so a path that
//! forwards without a decision does not compile.

pub mod cli;
pub mod config;
#[cfg(feature = "demo")]
pub mod demo;
pub mod doctor;

pub mod gate;
pub mod request;

pub mod body;
pub mod caller;
pub mod json;

pub mod authenticate;
pub mod authorize;
pub mod classify;
pub mod examine;
pub mod forward;
pub mod journal;
pub mod listen;
pub mod refuse;

pub mod exchange;
pub mod own;
pub mod upstream;

pub mod client;
pub mod clock;
pub mod keys;
pub mod lease;
pub mod limit;
pub mod operate;
pub mod people;
pub mod places;
pub mod process;
pub mod revoke;
pub mod seal;
pub mod serve;
pub mod store;
pub mod telemetry;
pub mod ticket;
