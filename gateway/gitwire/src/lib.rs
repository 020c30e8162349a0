//! Git's smart HTTP wire format, sans I/O.
