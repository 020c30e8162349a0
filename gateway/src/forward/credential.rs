//! The credential the caller never sees.
