//! Verifying a token: size, shape, revocation, signatures, caveats, in this order, each stage cheaper than the next.
//!
//! Before the signatures hold there are three public answers, `token-malformed`, `token-revoked` and
//! `token-not-accepted`; after it the holder gets the true reason.

mod check;
mod reach;

use std::{fmt, panic, sync::Arc};

use biscuit_auth::{Algorithm, Biscuit};
use jiff::Timestamp;

pub use self::check::{CheckError, MAX_PATHS};
use super::{
    admission::{Admitted, MAX_BLOCKS, is_our_spelling},
    caveat::Caveat,
    key::{PublicKey, PublicKeys},
    reading::{AdmissionError, Reading},
    revocation::RevocationId,
    sign_in::SignIn,
    text::{SignInText, TicketText, TokenText},
    ticket::Ticket,
};
use crate::{
    effect::{Effect, Touch},
    names::{AgentName, DelegateName},
    reason::Reason,
    right::Rights,
};

/// Why a token was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It has not even the size of a token.
    #[error("not a whole token")]
    Malformed,
    /// One of its blocks is on the list.
    #[error("revoked")]
    Revoked,
    /// Everything else before the signatures hold. The text is the truth, for the journal only.
    #[error("not accepted: {0}")]
    NotAccepted(&'static str),
    /// A block says what is not on the closed list.
    #[error("a caveat is not known")]
    CaveatUnknown,
    /// It was narrowed more often than its authority allows.
    #[error("narrowed too often")]
    TooDeep,
}

impl Rejection {
    /// What the caller is told.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Malformed => Reason::TokenMalformed,
            Self::Revoked => Reason::TokenRevoked,
            Self::NotAccepted(_) | Self::TooDeep => Reason::TokenNotAccepted,
            Self::CaveatUnknown => Reason::CaveatUnknown,
        }
    }
}

/// A token whose signatures hold and whose every caveat is understood. Whether it allows an effect is still to be
/// asked, each time: see [`Verified::check`].
#[derive(Clone)]
pub struct Verified(Arc<Token>);

struct Token {
    /// Sealed, so that what a cache holds cannot be narrowed on and handed out.
    biscuit: Biscuit,
    reading: Reading,
    revocation_ids: Vec<RevocationId>,
    id: RevocationId,
    expires: Timestamp,
    /// How many more blocks may follow the ones that were presented.
    depth_left: usize,
}

/// Verifies a token against the keys of today.
pub fn verify(
    keys: &PublicKeys,
    text: &TokenText,
    is_revoked: &dyn Fn(&RevocationId) -> bool,
) -> Result<Verified, Rejection> {
    let admitted = Admitted::shape(text.bytes()).map_err(not_accepted)?;
    if admitted.revocation_ids.iter().any(is_revoked) {
        return Err(Rejection::Revoked);
    }
    let biscuit = panic::catch_unwind(|| verify_signatures(keys, admitted.key_id, text.bytes()))
        .unwrap_or(Err(Rejection::NotAccepted("verification panicked")))?;
    let reading = Reading::of(&admitted).map_err(not_accepted)?;
    Verified::new(biscuit, reading, admitted)
}

/// Verifies a ticket against the keys tickets are signed with today. It dies with the token it was given for, of which
/// only a ticket that is ours tells, so this is asked last.
pub fn verify_ticket(
    keys: &PublicKeys,
    text: &TicketText,
    is_revoked: &dyn Fn(&RevocationId) -> bool,
) -> Result<Ticket, Rejection> {
    let admitted = sealed(keys, text.bytes())?;
    let ticket = Ticket::read(&admitted).ok_or(Rejection::NotAccepted("the ticket is not one of ours"))?;
    if ticket.token.iter().any(is_revoked) { Err(Rejection::Revoked) } else { Ok(ticket) }
}

/// Verifies a sign-in against the keys sign-ins are signed with today; answers with the id it can be revoked by, too.
/// Whether it is in time and for whom it is, is still to be asked.
pub fn verify_sign_in(
    keys: &PublicKeys,
    text: &SignInText,
    is_revoked: &dyn Fn(&RevocationId) -> bool,
) -> Result<(RevocationId, SignIn), Rejection> {
    let admitted = sealed(keys, text.bytes())?;
    let unknown = Rejection::NotAccepted("the sign-in is not one of ours");
    let sign_in = SignIn::read(&admitted).ok_or(unknown)?;
    let id = admitted.revocation_ids.last().cloned().ok_or(unknown)?;
    if is_revoked(&id) { Err(Rejection::Revoked) } else { Ok((id, sign_in)) }
}

/// What has the shape of a token, was signed with one of these keys, and is spelt as we spell it.
fn sealed(keys: &PublicKeys, bytes: &[u8]) -> Result<Admitted, Rejection> {
    let admitted = Admitted::shape(bytes).map_err(not_accepted)?;
    panic::catch_unwind(|| verify_signatures(keys, admitted.key_id, bytes))
        .unwrap_or(Err(Rejection::NotAccepted("verification panicked")))?;
    if is_our_spelling(bytes) { Ok(admitted) } else { Err(Rejection::NotAccepted("it is not spelt as we spell it")) }
}

impl Verified {
    fn new(biscuit: Biscuit, reading: Reading, admitted: Admitted) -> Result<Self, Rejection> {
        let unsealed = Rejection::NotAccepted("the token could not be sealed");
        let biscuit = if admitted.is_sealed { biscuit } else { biscuit.seal().map_err(|_| unsealed)? };
        let id = admitted.revocation_ids.last().cloned().ok_or(unsealed)?;
        let expires = reading.expires();
        let revocation_ids = admitted.revocation_ids;
        let depth = usize::from(reading.claims.max_depth).min(MAX_BLOCKS - 1);
        let depth_left = if admitted.is_sealed { 0 } else { depth.saturating_sub(revocation_ids.len() - 1) };
        Ok(Self(Arc::new(Token { biscuit, reading, revocation_ids, id, expires, depth_left })))
    }

    /// Who holds it.
    pub fn agent(&self) -> &AgentName {
        &self.0.reading.claims.agent
    }

    /// On whose behalf the agent acts.
    pub fn user(&self) -> Option<&str> {
        self.0.reading.claims.user.as_deref()
    }

    /// Which issuer's proof it was given for.
    pub fn issuer(&self) -> &str {
        &self.0.reading.claims.issuer
    }

    /// The nonce it was minted with.
    pub fn nonce(&self) -> &str {
        &self.0.reading.claims.nonce
    }

    /// When it was minted.
    pub fn issued(&self) -> Timestamp {
        self.0.reading.claims.issued
    }

    /// The gateway it is for.
    pub fn service(&self) -> &str {
        &self.0.reading.claims.service
    }

    /// What its authority grants, before the caveats.
    pub fn rights(&self) -> &Rights {
        &self.0.reading.claims.rights
    }

    /// How many blocks may follow the authority.
    pub fn max_depth(&self) -> u8 {
        self.0.reading.claims.max_depth
    }

    /// Whom its holders say it was handed to, in order: their claim, nobody's proof.
    pub fn delegates(&self) -> impl Iterator<Item = &DelegateName> {
        self.0.reading.blocks.iter().filter_map(|block| block.delegate.as_ref())
    }

    /// What its holders demand, in order.
    pub fn caveats(&self) -> impl Iterator<Item = &Caveat> {
        self.0.reading.caveats()
    }

    /// The ids of its blocks, the authority's first.
    pub fn revocation_ids(&self) -> &[RevocationId] {
        &self.0.revocation_ids
    }

    /// How many times it was narrowed: every block after the authority narrows it.
    pub fn narrowed(&self) -> usize {
        self.0.revocation_ids.len().saturating_sub(1)
    }

    /// How many times it can still be narrowed: a sealed token is final.
    pub fn depth_left(&self) -> usize {
        self.0.depth_left
    }

    /// Its own id, the last one.
    pub fn token_id(&self) -> &RevocationId {
        &self.0.id
    }

    /// The earliest end any block sets.
    pub fn expires(&self) -> Timestamp {
        self.0.expires
    }

    /// Whether the caller's address matters to a decision.
    pub fn mentions_client(&self) -> bool {
        self.caveats().any(|caveat| matches!(caveat, Caveat::Clients(_)))
    }

    /// What the effect touches outside some caveat on paths.
    pub fn beyond<'a>(&self, effect: &'a Effect) -> Vec<&'a Touch> {
        self.caveats().map(|caveat| caveat.beyond(effect)).find(|beyond| !beyond.is_empty()).unwrap_or_default()
    }

    /// Whether a caveat needs the paths of such an effect.
    pub fn speaks_of_paths(&self, effect: &Effect) -> bool {
        self.caveats().any(|caveat| caveat.speaks_of_paths(effect))
    }
}

/// Who it is and which token, nothing that could be presented.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("agent", self.agent()).field("id", self.token_id()).finish_non_exhaustive()
    }
}

/// The key id is a hint, and not signed. One we do not have costs what a wrong signature costs: it is tried with a
/// key we do have, then refused whatever came out.
fn verify_signatures(keys: &PublicKeys, id: Option<u32>, token: &[u8]) -> Result<Biscuit, Rejection> {
    let named = id.and_then(|id| keys.get(id));
    let key = named.or_else(|| keys.iter().next()).ok_or(Rejection::NotAccepted("there is no key"))?;
    let key = parse(key).ok_or(Rejection::NotAccepted("a public key of ours is broken"))?;
    let biscuit = Biscuit::from(token, key).map_err(|_| Rejection::NotAccepted("a signature does not hold"))?;
    if named.is_some() { Ok(biscuit) } else { Err(Rejection::NotAccepted("the key is not known")) }
}

fn parse(key: &PublicKey) -> Option<biscuit_auth::PublicKey> {
    biscuit_auth::PublicKey::from_bytes(&key.bytes, Algorithm::Ed25519).ok()
}

fn not_accepted(error: AdmissionError) -> Rejection {
    match error {
        AdmissionError::TooLarge => Rejection::Malformed,
        AdmissionError::NotDecodable => Rejection::NotAccepted("not a token"),
        AdmissionError::TooManyBlocks => Rejection::NotAccepted("too many blocks"),
        AdmissionError::Key => Rejection::NotAccepted("a key is not Ed25519"),
        AdmissionError::ThirdParty => Rejection::NotAccepted("a third-party block"),
        AdmissionError::Bounds => Rejection::NotAccepted("a block is over its bounds"),
        AdmissionError::Authority => Rejection::NotAccepted("the authority block is not one of ours"),
        AdmissionError::TooDeep => Rejection::TooDeep,
        AdmissionError::CaveatUnknown => Rejection::CaveatUnknown,
    }
}
