//! The closed list of what a later block may demand.
