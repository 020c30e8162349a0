//! The token itself: its text, what its authority block states, and the caveats later blocks may add.

mod claims;
mod text;

pub use self::{
    claims::Claims,
    text::{Malformed, NotARevocationId, PREFIX, RevocationId, TOKEN_MAX, TokenText},
};
