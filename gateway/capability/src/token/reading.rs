//! Reading an admitted token into types: the authority's claims, and each later block's caveats.

use biscuit_auth::{
    builder::{Check, Convert as _, Fact, Term},
    datalog::SymbolTable,
    format::convert::proto_block_to_token_block,
};

use super::{admission::Admitted, caveat::Caveat, claims::Claims};
use crate::names::DelegateName;

/// Why a token is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// More than 4096 bytes.
    #[error("larger than a token may be")]
    TooLarge,
    /// The bytes are no Biscuit.
    #[error("not a token")]
    NotDecodable,
    /// More blocks than any token has.
    #[error("too many blocks")]
    TooManyBlocks,
    /// More blocks than its authority lets follow.
    #[error("narrowed more often than it may be")]
    TooDeep,
    /// A key or signature that is not Ed25519.
    #[error("a key or signature is not Ed25519")]
    Key,
    /// A block signed by somebody else.
    #[error("a third-party block")]
    ThirdParty,
    /// More facts, checks or symbols than a block has.
    #[error("more facts, checks or symbols than a block has")]
    Bounds,
    /// The first block does not state what an authority block states.
    #[error("the authority block is not one of ours")]
    Authority,
    /// A later block says what is not on the closed list.
    #[error("a block says what is not on the closed list of caveats")]
    CaveatUnknown,
}

/// What a token says. Nothing of it is believed before the signatures are verified.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) claims: Claims,
    pub(super) blocks: Vec<Narrowed>,
}

/// What one block after the first says.
#[derive(Debug, Clone, Default)]
pub(super) struct Narrowed {
    pub(super) delegate: Option<DelegateName>,
    pub(super) caveats: Vec<Caveat>,
}

/// A block with its symbols resolved, known to hold facts and checks and nothing else.
pub(super) struct Statements {
    pub(super) facts: Vec<Fact>,
    pub(super) checks: Vec<Check>,
}

impl Reading {
    pub(super) fn of(token: &Admitted) -> Result<Self, AdmissionError> {
        let (authority, later) = token.blocks.split_first().ok_or(AdmissionError::NotDecodable)?;
        let mut symbols = SymbolTable::new();
        let statements = Statements::of(authority, &mut symbols).ok_or(AdmissionError::Authority)?;
        let claims = Claims::read(&statements).ok_or(AdmissionError::Authority)?;
        if later.len() > usize::from(claims.max_depth) {
            return Err(AdmissionError::TooDeep);
        }
        let narrowed = |block| Statements::of(block, &mut symbols).as_ref().and_then(Narrowed::read);
        let blocks = later.iter().map(narrowed).collect::<Option<_>>().ok_or(AdmissionError::CaveatUnknown)?;
        Ok(Self { claims, blocks })
    }

    pub(super) fn caveats(&self) -> impl Iterator<Item = &Caveat> {
        self.blocks.iter().flat_map(|block| &block.caveats)
    }

    /// The earliest end any block sets.
    pub(super) fn expires(&self) -> jiff::Timestamp {
        let ends =
            self.caveats().filter_map(|caveat| if let Caveat::Expires(end) = caveat { Some(*end) } else { None });
        ends.fold(self.claims.expires, std::cmp::min)
    }
}

impl Statements {
    /// Symbols are cumulative: a block may use those of the blocks before it and must not repeat them.
    pub(super) fn of(block: &biscuit_auth::format::schema::Block, symbols: &mut SymbolTable) -> Option<Self> {
        let is_plain =
            block.rules.is_empty() && block.scope.is_empty() && block.public_keys.is_empty() && block.context.is_none();
        // Checks the version against what is used; Datalog would refuse the block later.
        let decoded = proto_block_to_token_block(block, None).ok().filter(|_| is_plain)?;
        symbols.extend(&decoded.symbols).ok()?;
        Some(Self {
            facts: decoded.facts.iter().map(|fact| Fact::convert_from(fact, symbols)).collect::<Result<_, _>>().ok()?,
            checks: decoded
                .checks
                .iter()
                .map(|check| Check::convert_from(check, symbols))
                .collect::<Result<_, _>>()
                .ok()?,
        })
    }
}

impl Narrowed {
    fn read(block: &Statements) -> Option<Self> {
        let delegate = match &*block.facts {
            [] => None,
            [fact] => Some(delegate(fact)?),
            _ => return None,
        };
        Some(Self { delegate, caveats: block.checks.iter().map(Caveat::read).collect::<Option<_>>()? })
    }
}

fn delegate(fact: &Fact) -> Option<DelegateName> {
    match (&*fact.predicate.name, &*fact.predicate.terms) {
        ("delegate", [Term::Str(name)]) => DelegateName::parse(name).ok(),
        _ => None,
    }
}
