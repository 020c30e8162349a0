//! The wire format against what was recorded, against random bytes and against git itself.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod forge;
mod git;
mod properties;
mod recorded;
