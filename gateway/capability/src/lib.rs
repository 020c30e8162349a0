//! The vocabulary and the tokens of Gogs Spanner.
