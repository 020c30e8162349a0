//! The issuing keys.
