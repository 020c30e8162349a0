//! Signing an authority block: of a token, or of a ticket.

use biscuit_auth::{Biscuit, BiscuitBuilder};
use zeroize::Zeroizing;

use super::{
    admission::{Admitted, admit},
    claims::Claims,
    key::SigningKey,
    text::{TicketText, TokenText},
    ticket::Ticket,
};
use crate::reason::Reason;

/// The most bytes a minted token has; the rest of the 4096 is its holders' to narrow it with.
pub const MINTED_MAX: usize = 2048;

/// Why a token was not minted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MintError {
    /// It would grant nothing, or a right names no action.
    #[error("a token without rights is not minted")]
    EmptyRights,
    /// It would have more than 2048 bytes.
    #[error("the token would have more than 2048 bytes")]
    TooLarge,
    /// It would end before it was issued.
    #[error("the token would have ended before it was issued")]
    Ended,
    /// The product was not taken by our own admission, or could not be signed.
    #[error("the token could not be made")]
    Broken,
}

impl MintError {
    /// What the caller is told.
    pub const fn reason(self) -> Reason {
        match self {
            Self::EmptyRights => Reason::DetailsNotGranted,
            Self::TooLarge => Reason::TokenTooLarge,
            Self::Ended => Reason::RequestMalformed,
            Self::Broken => Reason::InternalError,
        }
    }
}

/// Signs a token and puts it through admission before anyone sees it. Times are cut to whole seconds.
pub fn mint(key: &SigningKey, claims: &Claims) -> Result<TokenText, MintError> {
    if claims.rights.0.is_empty() || claims.rights.iter().any(|right| right.actions.is_empty()) {
        return Err(MintError::EmptyRights);
    }
    if claims.expires < claims.issued {
        return Err(MintError::Ended);
    }
    let bytes = Zeroizing::new(sign(key, claims).map_err(|_| MintError::Broken)?);
    if bytes.len() > MINTED_MAX {
        return Err(MintError::TooLarge);
    }
    admit(&bytes).map_err(|_| MintError::Broken)?;
    TokenText::from_bytes(bytes).map_err(|_| MintError::TooLarge)
}

fn sign(key: &SigningKey, claims: &Claims) -> Result<Vec<u8>, biscuit_auth::error::Token> {
    let builder = Biscuit::builder().root_key_id(key.id());
    let builder = claims.facts().into_iter().try_fold(builder, BiscuitBuilder::fact)?;
    let builder = claims.checks().into_iter().try_fold(builder, BiscuitBuilder::check)?;
    builder.build(key.pair())?.to_vec()
}

/// Signs and seals a ticket, and reads it as a stranger's before anyone sees it. Times are cut to whole seconds.
pub fn mint_ticket(key: &SigningKey, ticket: &Ticket) -> Result<TicketText, MintError> {
    let bytes = Zeroizing::new(sign_ticket(key, ticket).map_err(|_| MintError::Broken)?);
    if bytes.len() > MINTED_MAX {
        return Err(MintError::TooLarge);
    }
    let read = Admitted::shape(&bytes).ok().as_ref().and_then(Ticket::read);
    if read.as_ref() != Some(ticket) {
        return Err(MintError::Broken);
    }
    TicketText::from_bytes(bytes).map_err(|_| MintError::TooLarge)
}

fn sign_ticket(key: &SigningKey, ticket: &Ticket) -> Result<Vec<u8>, biscuit_auth::error::Token> {
    let builder = Biscuit::builder().root_key_id(key.id());
    let builder = ticket.facts().into_iter().try_fold(builder, BiscuitBuilder::fact)?;
    let builder = ticket.checks().into_iter().try_fold(builder, BiscuitBuilder::check)?;
    builder.build(key.pair())?.seal()?.to_vec()
}
