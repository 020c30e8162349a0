//! Outside proof in, capability out.
#![expect(dead_code, reason = "the service that uses these readers lands next")]

mod claims;
mod details;
pub(crate) mod form;
mod json;
mod jws;
mod request;

pub use request::TokenRequest;
