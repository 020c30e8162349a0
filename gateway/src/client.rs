//! The one place where HTTP clients are built.
