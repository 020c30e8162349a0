//! Today's rules, compiled.
