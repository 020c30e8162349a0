//! The token itself: its text, what its authority block states, and the caveats later blocks may add.
//!
//! The only place in the workspace that names Biscuit's types.

mod admission;
mod asked;
mod attenuate;
mod caveat;
mod check_code;
mod claims;
mod clause;
mod inspect;
mod key;
#[cfg(feature = "mint")]
mod mint;
mod names;
mod reading;
mod revocation;
#[cfg(any(feature = "mint", feature = "verify"))]
mod sign_in;
mod text;
#[cfg(any(feature = "mint", feature = "verify"))]
mod ticket;
#[cfg(feature = "verify")]
mod verify;

#[cfg(feature = "verify")]
pub use self::verify::{CheckError, MAX_PATHS, Rejection, Verified, verify, verify_sign_in, verify_ticket};
pub use self::{
    admission::{Admitted, MAX_BLOCKS, admit},
    asked::Inexact,
    attenuate::{AttenuateError, Narrowing, attenuate},
    caveat::{Caveat, Circumstances},
    check_code::check_code,
    claims::Claims,
    inspect::{BlockInspection, InspectError, Inspection, inspect},
    key::{PublicKey, PublicKeys},
    names::{Names, PathPrefix, Prefix, PrefixError, RefSet, RepositorySet},
    reading::AdmissionError,
    revocation::{NotARevocationId, RevocationId},
    text::{
        Kind, Malformed, PREFIX, SIGN_IN_PREFIX, SignInKind, SignInText, TICKET_PREFIX, TOKEN_MAX, Text, TicketKind,
        TicketText, TokenKind, TokenText,
    },
};
#[cfg(feature = "mint")]
pub use self::{
    key::SigningKey,
    mint::{MINTED_MAX, MintError, mint, mint_sign_in, mint_ticket},
};
#[cfg(any(feature = "mint", feature = "verify"))]
pub use self::{sign_in::SignIn, ticket::Ticket};
