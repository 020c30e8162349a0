//! The one place that decides.

pub mod policy;

/// What forwarding consumes.
#[derive(Debug)]
pub struct Permit(());
