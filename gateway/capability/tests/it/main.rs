//! The tokens from outside, through nothing but the public API.

mod caveats;
mod common;
mod forged;
mod hostile;
mod samples;
mod sign_in;
mod ticket;
mod token;
mod widening;
