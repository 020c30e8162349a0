//! The token service as its callers meet it: real keys, a real store, and the demonstration issuer as peer.

mod issuances;
mod key_holders;
mod lenders;
pub(crate) mod office;
mod platforms;
mod returned;
mod revoked_keys;
mod token_holders;
