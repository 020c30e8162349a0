//! Whether a push could succeed at all: what is asked before its refs are known.

use super::Verified;
use crate::{
    actions::Action,
    names::RepositoryName,
    right::Right,
    token::{
        caveat::Caveat,
        names::{Names, RefSet},
    },
};

impl Verified {
    /// Whether some ref of the repository might be written: what the advertisement of a push asks. Each ref is
    /// decided when its command is read.
    pub fn may_write_some_ref(&self, repository: &RepositoryName) -> bool {
        let is_in = |caveat: &Caveat| !matches!(caveat, Caveat::Repositories(set) if !set.holds(repository));
        self.caveats().all(is_in) && self.rights().on(repository).any(|right| self.may_write_under(right))
    }

    fn may_write_under(&self, right: &Right) -> bool {
        right.actions.iter().filter(|action| action.writes_ref()).any(|&action| {
            let is_left = |caveat: &Caveat| !matches!(caveat, Caveat::Actions(actions) if !actions.contains(&action));
            self.caveats().all(is_left) && is_some_left(&self.refs_left(action), right)
        })
    }

    /// The refs each caveat leaves to an action.
    fn refs_left(&self, action: Action) -> Vec<&RefSet> {
        self.caveats()
            .filter_map(|caveat| match caveat {
                Caveat::Refs { refs, besides } if !besides.contains(&action) => Some(refs),
                _ => None,
            })
            .collect()
    }
}

/// Whether a ref of the right is in every set. Prefixes that share a name lie within one another, so the longest
/// stands for all.
fn is_some_left(sets: &[&RefSet], right: &Right) -> bool {
    let names = sets.iter().find_map(|set| if let Names::Exact(names) = set { Some(names) } else { None });
    if let Some(names) = names {
        return names.iter().any(|name| right.refs.matches(name) && sets.iter().all(|set| set.holds(name)));
    }
    let prefixes =
        || sets.iter().filter_map(|set| if let Names::Under(prefix) = set { Some(prefix.as_str()) } else { None });
    prefixes().max_by_key(|prefix| prefix.len()).is_none_or(|longest| {
        prefixes().all(|prefix| longest.starts_with(prefix))
            && right.refs.iter().any(|refs| refs.reaches_below(longest))
    })
}
