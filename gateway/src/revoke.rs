//! What is no longer accepted.
