//! What was intended, and what came of it.
