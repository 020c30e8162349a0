//! Hostile input against a whole gateway, and the proof that nothing came of it.
//!
//! ```text
//!  cases, byte for byte ──► spanner ──► recording upstream ──► demonstration forge
//!        │                     │                │
//!        │                  journal             │ every head, the digest of every body
//!        ▼                     ▼                ▼
//!     answered as said  ·  permitted = forwarded, one to one  ·  forwarded exactly as decided
//! ```
//!
//! A case is one line in a table: the bytes that are sent, what may be answered, and what of it may reach the forge. Every
//! request carries a trace id of its own, which the gateway passes on and writes down; so what stands in the journal and
//! what arrived upstream are matched request by request. A class of cases also holds some that must pass: a gateway that
//! refuses everything holds none of them.
//!
//! `load-tests/hostile/README.md` says how to run it, and which sentence of the threat model is held by which cases.

pub mod case;
pub mod classes;
pub mod journal;
pub mod judge;
pub mod report;
pub mod run;
pub mod stage;
pub mod talk;
pub mod trace;
pub mod upstream;
pub mod words;

pub use self::{classes::Class, report::Report, run::run, stage::Stage};
