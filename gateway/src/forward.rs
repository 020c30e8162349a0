//! Carrying a permitted request to the forge.

pub mod credential;
