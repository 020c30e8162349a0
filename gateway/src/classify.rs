//! Which call a request is, before any identity.
