//! A set of patterns: what it holds is what any of them holds.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Pattern;

/// A set of patterns needs a member; "nothing" is said by not granting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a set of patterns is empty")]
pub struct PatternsError;

/// A non-empty, sorted set of patterns.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "BTreeSet<P>", into = "BTreeSet<P>", bound(deserialize = "P: Pattern + Deserialize<'de>"))]
pub struct Patterns<P: Pattern>(#[serde(bound(serialize = "P: Serialize"))] BTreeSet<P>);

impl<P: Pattern> Patterns<P> {
    /// A set of at least one pattern.
    pub fn new(patterns: impl IntoIterator<Item = P>) -> Result<Self, PatternsError> {
        let patterns: BTreeSet<_> = patterns.into_iter().collect();
        if patterns.is_empty() { Err(PatternsError) } else { Ok(Self(patterns)) }
    }

    /// The set of one pattern.
    pub fn only(pattern: P) -> Self {
        Self(BTreeSet::from([pattern]))
    }

    /// `**`: every name.
    pub fn any() -> Self {
        Self::only(P::any())
    }

    /// Whether it says `**`.
    pub fn is_any(&self) -> bool {
        self.iter().any(P::is_any)
    }

    /// Whether one of the patterns holds that name.
    pub fn matches(&self, name: &P::Name) -> bool {
        self.iter().any(|pattern| pattern.matches(name))
    }

    /// Whether every name of `other` is a name of this set, decided exactly.
    pub fn contains(&self, other: &Self) -> bool {
        other.iter().all(|inner| self.covers(inner))
    }

    /// Whether every name of that pattern is a name of this set, decided exactly.
    pub fn covers(&self, inner: &P) -> bool {
        P::cover(self.iter(), inner)
    }

    /// Whether some name is a name of both sets.
    pub fn meets(&self, other: &Self) -> bool {
        self.iter().any(|one| other.iter().any(|another| one.meets(another)))
    }

    /// The patterns, sorted by their text.
    pub fn iter(&self) -> impl Iterator<Item = &P> {
        self.0.iter()
    }
}

impl<P: Pattern> TryFrom<BTreeSet<P>> for Patterns<P> {
    type Error = PatternsError;

    fn try_from(patterns: BTreeSet<P>) -> Result<Self, Self::Error> {
        Self::new(patterns)
    }
}

impl<P: Pattern> From<Patterns<P>> for BTreeSet<P> {
    fn from(patterns: Patterns<P>) -> Self {
        patterns.0
    }
}
