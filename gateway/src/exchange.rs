//! Outside proof in, capability out.
