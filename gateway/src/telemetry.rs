//! Traces, metrics and logs.
