//! Durable state, one small trait per owner.
