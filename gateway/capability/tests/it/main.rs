//! The tokens from outside, through nothing but the public API.

mod common;
mod token;
