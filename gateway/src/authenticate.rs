//! Who presents what.
