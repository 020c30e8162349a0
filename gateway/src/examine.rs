//! What a request would do, completely.

pub mod mirror;
pub mod pack;
pub mod spool;

#[cfg(test)]
mod workbench;
