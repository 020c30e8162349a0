//! The forge's own accounts.
