//! spanner
fn main() {}
