//! Narrowing a token offline: one block of caveats out of structured input, never out of Datalog text.

use std::{collections::BTreeSet, net::IpAddr};

use biscuit_auth::{
    UnverifiedBiscuit,
    builder::{BlockBuilder, Fact, Term},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    admission::{Admitted, MAX_BLOCKS, admit},
    caveat::Caveat,
    names::{Names, Prefix, PrefixError},
    reading::{AdmissionError, Reading},
    text::{TOKEN_MAX, TokenText},
};
use crate::{
    actions::{Action, Actions, with_implied},
    names::{DelegateName, NameError, RefName, RepositoryName},
};

/// What stays allowed beside a caveat on refs or paths if nothing else is said: reading.
const BESIDES: [Action; 2] = [Action::RepositoryRead, Action::ContentsRead];

/// How a token is to be narrowed. Each member left out narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Narrowing {
    expires: Option<Timestamp>,
    actions: Option<Actions>,
    repositories: Option<BTreeSet<RepositoryName>>,
    repositories_under: Option<String>,
    refs: Option<BTreeSet<RefName>>,
    refs_under: Option<String>,
    paths_under: Option<String>,
    besides: Option<Actions>,
    clients: Option<BTreeSet<IpAddr>>,
    delegate: Option<String>,
}

/// Why a token was not narrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttenuateError {
    /// Nothing was asked for, or a set is empty.
    #[error("a narrowing says nothing, or has an empty set")]
    Empty,
    /// A prefix that is none.
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    /// A delegate's name that is none.
    #[error(transparent)]
    Delegate(#[from] NameError),
    /// The token is no token, or already carries what is not on the closed list.
    #[error("the token cannot be narrowed: {0}")]
    Token(#[from] AdmissionError),
    /// A sealed token is final.
    #[error("the token is sealed")]
    Sealed,
    /// As many blocks follow as its authority allows.
    #[error("the token was narrowed as often as it may be")]
    TooDeep,
    /// It would have more than 4096 bytes.
    #[error("the narrowed token would have more than 4096 bytes")]
    TooLarge,
    /// The block could not be signed.
    #[error("the token could not be signed")]
    Broken,
}

impl Narrowing {
    /// A narrowing that says nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Until then (whole seconds).
    #[must_use]
    pub fn expires(self, end: Timestamp) -> Self {
        Self { expires: Some(end), ..self }
    }

    /// Only these actions, and those they imply.
    #[must_use]
    pub fn actions(self, actions: impl IntoIterator<Item = Action>) -> Self {
        Self { actions: Some(actions.into_iter().collect()), ..self }
    }

    /// Only these repositories.
    #[must_use]
    pub fn repositories(self, names: impl IntoIterator<Item = RepositoryName>) -> Self {
        Self { repositories: Some(names.into_iter().collect()), ..self }
    }

    /// Only the repositories of an owner, `acme/`.
    #[must_use]
    pub fn repositories_under(self, prefix: impl Into<String>) -> Self {
        Self { repositories_under: Some(prefix.into()), ..self }
    }

    /// Only these refs.
    #[must_use]
    pub fn refs(self, names: impl IntoIterator<Item = RefName>) -> Self {
        Self { refs: Some(names.into_iter().collect()), ..self }
    }

    /// Only refs below a prefix, `refs/heads/agents/`.
    #[must_use]
    pub fn refs_under(self, prefix: impl Into<String>) -> Self {
        Self { refs_under: Some(prefix.into()), ..self }
    }

    /// Only paths below a prefix, `docs/`.
    #[must_use]
    pub fn paths_under(self, prefix: impl Into<String>) -> Self {
        Self { paths_under: Some(prefix.into()), ..self }
    }

    /// The actions that stay allowed without a ref (or paths) beside a caveat on refs (or paths); by default
    /// `repository:read` and `contents:read`.
    #[must_use]
    pub fn besides(self, actions: impl IntoIterator<Item = Action>) -> Self {
        Self { besides: Some(actions.into_iter().collect()), ..self }
    }

    /// Only from these addresses.
    #[must_use]
    pub fn clients(self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Self { clients: Some(addresses.into_iter().collect()), ..self }
    }

    /// Names whom the narrowed token is for: shown as the holder's claim.
    #[must_use]
    pub fn delegate(self, name: impl Into<String>) -> Self {
        Self { delegate: Some(name.into()), ..self }
    }

    /// The caveats it amounts to.
    pub fn caveats(&self) -> Result<Vec<Caveat>, AttenuateError> {
        let besides = || full(self.besides.clone().unwrap_or_else(|| BESIDES.into()));
        let mut caveats = Vec::new();
        caveats.extend(self.expires.map(whole_seconds).map(Caveat::Expires));
        if let Some(actions) = self.actions.clone() {
            caveats.push(Caveat::Actions(with_implied(&full(actions)?)));
        }
        if let Some(names) = self.repositories.clone() {
            caveats.push(Caveat::Repositories(Names::Exact(full(names)?)));
        }
        if let Some(prefix) = &self.repositories_under {
            caveats.push(Caveat::Repositories(Names::Under(Prefix::parse(&prefix.to_ascii_lowercase())?)));
        }
        if let Some(names) = self.refs.clone() {
            caveats.push(Caveat::Refs { refs: Names::Exact(full(names)?), besides: besides()? });
        }
        if let Some(prefix) = &self.refs_under {
            caveats.push(Caveat::Refs { refs: Names::Under(Prefix::parse(prefix)?), besides: besides()? });
        }
        if let Some(prefix) = &self.paths_under {
            caveats.push(Caveat::Paths { prefix: Prefix::parse(prefix)?, besides: besides()? });
        }
        if let Some(addresses) = self.clients.clone() {
            caveats.push(Caveat::Clients(full(addresses)?.iter().map(IpAddr::to_canonical).collect()));
        }
        if caveats.is_empty() { Err(AttenuateError::Empty) } else { Ok(caveats) }
    }

    fn block(&self) -> Result<BlockBuilder, AttenuateError> {
        let checks = self.caveats()?.iter().map(Caveat::to_check).collect();
        let delegate = self.delegate.as_deref().map(DelegateName::parse).transpose()?;
        let fact = |name: DelegateName| Fact::new("delegate".to_owned(), vec![Term::Str(name.to_string())]);
        Ok(BlockBuilder { facts: delegate.map(fact).into_iter().collect(), checks, ..BlockBuilder::new() })
    }
}

/// Appends one block, offline. What comes out can do no more than what went in.
pub fn attenuate(token: &TokenText, narrowing: &Narrowing) -> Result<TokenText, AttenuateError> {
    let block = narrowing.block()?;
    let admitted = Admitted::shape(token.bytes())?;
    let max_depth = usize::from(Reading::of(&admitted)?.claims.max_depth);
    if admitted.is_sealed {
        return Err(AttenuateError::Sealed);
    }
    if admitted.blocks.len() > max_depth || admitted.blocks.len() >= MAX_BLOCKS {
        return Err(AttenuateError::TooDeep);
    }
    let bytes = Zeroizing::new(append(token.bytes(), block).map_err(|_| AttenuateError::Broken)?);
    if bytes.len() > TOKEN_MAX {
        return Err(AttenuateError::TooLarge);
    }
    admit(&bytes)?;
    TokenText::from_bytes(bytes).map_err(|_| AttenuateError::TooLarge)
}

/// A fresh key pair each time: the same key and content twice would give two tokens one revocation id.
fn append(token: &[u8], block: BlockBuilder) -> Result<Vec<u8>, biscuit_auth::error::Token> {
    UnverifiedBiscuit::from(token)?.append(block)?.to_vec()
}

fn full<T>(set: BTreeSet<T>) -> Result<BTreeSet<T>, AttenuateError> {
    if set.is_empty() { Err(AttenuateError::Empty) } else { Ok(set) }
}

fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
