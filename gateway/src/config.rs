//! What an operator writes down: typed sections of `spanner.toml`.
