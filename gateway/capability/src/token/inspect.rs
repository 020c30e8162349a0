//! Reading a token without a key: what it claims, unverified.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    admission::Admitted,
    caveat::Caveat,
    reading::{AdmissionError, Reading},
    revocation::RevocationId,
    text::TokenText,
};
use crate::{
    names::{AgentName, DelegateName},
    right::Rights,
};

/// Why a token cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token cannot be read: {0}")]
pub struct InspectError(#[from] AdmissionError);

/// What a token says of itself. Nobody has checked its signatures: show it, decide nothing by it.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// Always `false`: a reminder to whoever reads the JSON.
    pub verified: bool,
    /// Who holds it.
    pub agent: AgentName,
    /// Which issuer's proof it was given for.
    pub issuer: String,
    /// On whose behalf the agent acts.
    pub user: Option<String>,
    /// When it was minted.
    pub issued: Timestamp,
    /// When it ends: the earliest end any block sets.
    pub expires: Timestamp,
    /// The gateway it is for.
    pub service: String,
    /// What its authority grants, before the caveats.
    pub rights: Rights,
    /// How many blocks may follow the authority.
    pub max_depth: u8,
    /// The blocks that narrow it, in order.
    pub blocks: Vec<BlockInspection>,
    /// The ids of its blocks; the last one is this token's own.
    pub revocation_ids: Vec<RevocationId>,
    /// The key it claims to be signed with.
    pub key_id: Option<u32>,
    /// Whether it can be narrowed no further.
    pub sealed: bool,
}

/// What one narrowing block says.
#[derive(Debug, Clone, Serialize)]
pub struct BlockInspection {
    /// Whom its holder says it was made for.
    pub delegate: Option<DelegateName>,
    /// What it demands.
    pub caveats: Vec<Caveat>,
}

/// Reads a token without verifying it.
pub fn inspect(token: &TokenText) -> Result<Inspection, InspectError> {
    let admitted = Admitted::shape(token.bytes())?;
    let reading = Reading::of(&admitted)?;
    let expires = reading.expires();
    let blocks = reading.blocks.into_iter();
    Ok(Inspection {
        verified: false,
        agent: reading.claims.agent,
        issuer: reading.claims.issuer,
        user: reading.claims.user,
        issued: reading.claims.issued,
        expires,
        service: reading.claims.service,
        rights: reading.claims.rights,
        max_depth: reading.claims.max_depth,
        blocks: blocks.map(|block| BlockInspection { delegate: block.delegate, caveats: block.caveats }).collect(),
        revocation_ids: admitted.revocation_ids,
        key_id: admitted.key_id,
        sealed: admitted.is_sealed,
    })
}
