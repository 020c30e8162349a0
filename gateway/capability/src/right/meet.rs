//! What two unions of rights both grant, said as rights.
//!
//! Nothing is guessed: of two patterns the one that lies in the other is taken, and two that cross give nothing. So what
//! comes out lies in both, always; where patterns cross it is less than both.

use std::collections::BTreeSet;

use super::{Right, Rights};
use crate::{
    names::RefName,
    pattern::{Pattern, Patterns},
};

impl Rights {
    /// The rights that lie in both.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let pairs = self.0.iter().flat_map(|one| other.0.iter().filter_map(|two| one.meet(two)));
        let mut met = Vec::<Right>::new();
        for right in pairs {
            if !met.iter().any(|wider| wider.holds(&right)) {
                met.retain(|narrower| !right.holds(narrower));
                met.push(right);
            }
        }
        Self(met)
    }
}

impl Right {
    fn meet(&self, other: &Self) -> Option<Self> {
        let actions: BTreeSet<_> = self.actions.intersection(&other.actions).copied().collect();
        let right = Self {
            repositories: meet(&self.repositories, &other.repositories)?,
            refs: meet(&self.refs, &other.refs)?,
            paths: meet(&self.paths, &other.paths)?,
            merge_from: self.merge_from_within(other).union(&other.merge_from_within(self)).cloned().collect(),
            actions,
        };
        (!right.actions.is_empty()).then_some(right)
    }

    /// The merges of this right that the other one lets in as well: by the same ref, or because it holds every path.
    fn merge_from_within(&self, other: &Self) -> BTreeSet<RefName> {
        let is_let_in = |name: &&RefName| other.paths.is_any() || other.merge_from.contains(*name);
        self.merge_from.iter().filter(is_let_in).cloned().collect()
    }

    /// Whether it grants all that the other one does.
    fn holds(&self, other: &Self) -> bool {
        self.actions.is_superset(&other.actions)
            && self.repositories.contains(&other.repositories)
            && self.refs.contains(&other.refs)
            && self.paths.contains(&other.paths)
            && (self.paths.is_any() || self.merge_from.is_superset(&other.merge_from))
    }
}

/// Of every two patterns the one that lies in the other.
fn meet<P: Pattern>(ones: &Patterns<P>, others: &Patterns<P>) -> Option<Patterns<P>> {
    let inner = |one: &P, other: &P| {
        let lies_in = |inner: &P, outer: &P| P::cover(std::iter::once(outer), inner);
        if lies_in(one, other) { Some(one.clone()) } else { lies_in(other, one).then(|| other.clone()) }
    };
    Patterns::new(ones.iter().flat_map(|one| others.iter().filter_map(move |other| inner(one, other)))).ok()
}
