//! Tokens for agents: find the proof at hand, exchange it, renew quietly, narrow offline.
