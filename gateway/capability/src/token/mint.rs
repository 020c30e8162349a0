//! Signing an authority block: of a token, of a ticket, or of a sign-in.

use biscuit_auth::{
    Biscuit, BiscuitBuilder,
    builder::{Check, Fact},
};
use zeroize::Zeroizing;

use super::{
    admission::{Admitted, admit},
    claims::Claims,
    key::SigningKey,
    sign_in::SignIn,
    text::{Kind, SignInText, Text, TicketText, TokenText},
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
    let is_it = |admitted: &Admitted| Ticket::read(admitted).as_ref() == Some(ticket);
    mint_sealed(key, ticket.facts(), ticket.checks(), is_it)
}

/// Signs and seals a sign-in, and reads it as a stranger's before anyone sees it. Times are whole seconds.
pub fn mint_sign_in(key: &SigningKey, sign_in: &SignIn) -> Result<SignInText, MintError> {
    let is_it = |admitted: &Admitted| SignIn::read(admitted).as_ref() == Some(sign_in);
    mint_sealed(key, sign_in.facts(), sign_in.checks(), is_it)
}

fn mint_sealed<K: Kind>(
    key: &SigningKey,
    facts: Vec<Fact>,
    checks: Vec<Check>,
    is_it: impl FnOnce(&Admitted) -> bool,
) -> Result<Text<K>, MintError> {
    let bytes = Zeroizing::new(seal(key, facts, checks).map_err(|_| MintError::Broken)?);
    if bytes.len() > MINTED_MAX {
        return Err(MintError::TooLarge);
    }
    if !Admitted::shape(&bytes).is_ok_and(|admitted| is_it(&admitted)) {
        return Err(MintError::Broken);
    }
    Text::from_bytes(bytes).map_err(|_| MintError::TooLarge)
}

fn seal(key: &SigningKey, facts: Vec<Fact>, checks: Vec<Check>) -> Result<Vec<u8>, biscuit_auth::error::Token> {
    let builder = Biscuit::builder().root_key_id(key.id());
    let builder = facts.into_iter().try_fold(builder, BiscuitBuilder::fact)?;
    let builder = checks.into_iter().try_fold(builder, BiscuitBuilder::check)?;
    builder.build(key.pair())?.seal()?.to_vec()
}
