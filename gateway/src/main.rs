//! `spanner`, the command.

fn main() {}
