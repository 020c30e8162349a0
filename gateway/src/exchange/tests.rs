//! The token service as its callers meet it: real keys, a real store, and the demonstration issuer as peer.

mod issuances;
mod key_holders;
pub(crate) mod office;
mod platforms;
mod returned;
mod token_holders;
