//! What is decided about a token's bytes before any cryptography: size, shape, bounds.
//!
//! Biscuit's run limits do not bound hostile work: a 1.3 KB token can hold a thread for seconds under a limit of one
//! millisecond. So nothing gets near Datalog but what is on the closed list, and nothing gets near a signature but
//! what has the size and the keys of a token of ours. Protobuf is decoded by the very types Biscuit decodes it with:
//! there are no two readings of one token.

use biscuit_auth::format::schema::{self, proof::Content, public_key::Algorithm};
use prost::Message as _;
use zeroize::Zeroizing;

use super::{
    reading::{AdmissionError, Reading},
    revocation::RevocationId,
    text::TOKEN_MAX,
};

/// Blocks cost a signature each; a realistic one has 360 bytes, so no more fit anyway.
pub const MAX_BLOCKS: usize = 10;
/// A later block has one fact and a handful of checks.
const MAX_STATEMENTS: usize = 16;
/// One right per rule of a role, and the claims.
const MAX_AUTHORITY_FACTS: usize = 64;
/// Symbols are searched linearly. In 4096 bytes there is no room for many more than this.
const MAX_SYMBOLS: usize = 512;
/// An Ed25519 public key, and the secret that belongs to it.
const KEY: usize = 32;

/// A token that has the size, the keys and the bounds of one of ours. Nothing of it is believed yet.
#[derive(Clone)]
pub struct Admitted {
    pub(super) key_id: Option<u32>,
    pub(super) revocation_ids: Vec<RevocationId>,
    pub(super) blocks: Vec<schema::Block>,
    pub(super) is_sealed: bool,
}

/// Admits a token whole: its shape, and that every statement and check of it is on the closed list.
pub fn admit(bytes: &[u8]) -> Result<Admitted, AdmissionError> {
    let admitted = Admitted::shape(bytes)?;
    Reading::of(&admitted)?;
    Ok(admitted)
}

/// Whether the bytes are the one spelling we give them: Protobuf lets fields nobody knows stand among those that are signed.
#[cfg(feature = "verify")]
pub(super) fn is_our_spelling(bytes: &[u8]) -> bool {
    schema::Biscuit::decode(bytes).is_ok_and(|token| token.encode_to_vec() == bytes)
}

impl Admitted {
    /// The part before signatures: nothing here looks at what a block says.
    pub(super) fn shape(bytes: &[u8]) -> Result<Self, AdmissionError> {
        if bytes.len() > TOKEN_MAX {
            return Err(AdmissionError::TooLarge);
        }
        let token = schema::Biscuit::decode(bytes).map_err(|_| AdmissionError::NotDecodable)?;
        if token.blocks.len() >= MAX_BLOCKS {
            return Err(AdmissionError::TooManyBlocks);
        }
        let signed = || std::iter::once(&token.authority).chain(&token.blocks);
        Ok(Self {
            key_id: token.root_key_id,
            revocation_ids: signed().map(revocation_id).collect::<Result<_, _>>()?,
            blocks: signed().enumerate().map(|(index, block)| decode(index, block)).collect::<Result<_, _>>()?,
            is_sealed: is_sealed(token.proof)?,
        })
    }

    /// The ids of its blocks, the authority's first. Listing the last one kills this token and what derives from it.
    pub fn revocation_ids(&self) -> &[RevocationId] {
        &self.revocation_ids
    }
}

/// Checks the envelope of one block. Its signature is its revocation id; that it is Ed25519 makes it the only one:
/// a P-256 signature has a second form that verifies, and so a second id.
fn revocation_id(block: &schema::SignedBlock) -> Result<RevocationId, AdmissionError> {
    if block.external_signature.is_some() {
        return Err(AdmissionError::ThirdParty);
    }
    if block.next_key.algorithm != Algorithm::Ed25519 as i32 || block.next_key.key.len() != KEY {
        return Err(AdmissionError::Key);
    }
    RevocationId::from_bytes(&block.signature).map_err(|_| AdmissionError::Key)
}

fn decode(index: usize, signed: &schema::SignedBlock) -> Result<schema::Block, AdmissionError> {
    let block = schema::Block::decode(&*signed.block).map_err(|_| AdmissionError::NotDecodable)?;
    let max_facts = if index == 0 { MAX_AUTHORITY_FACTS } else { MAX_STATEMENTS };
    if block.facts.len() > max_facts || block.checks.len() > MAX_STATEMENTS || block.symbols.len() > MAX_SYMBOLS {
        return Err(AdmissionError::Bounds);
    }
    Ok(block)
}

/// Takes the proof, to wipe the secret in it.
fn is_sealed(proof: schema::Proof) -> Result<bool, AdmissionError> {
    let sealed = match proof.content {
        Some(Content::NextSecret(secret)) => (Zeroizing::new(secret).len() == KEY).then_some(false),
        Some(Content::FinalSignature(signature)) => (signature.len() == 2 * KEY).then_some(true),
        None => None,
    };
    sealed.ok_or(AdmissionError::Key)
}
