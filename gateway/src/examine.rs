//! What a request would do, completely.
