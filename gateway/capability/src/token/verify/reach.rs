//! Whether a push could succeed at all: what is asked before its refs are known.

use super::Verified;
use crate::{
    actions::Action,
    names::{RefName, RepositoryName},
    right::Right,
    token::{caveat::Caveat, names::Names},
};

impl Verified {
    /// Whether some ref of the repository might be written: what the advertisement of a push asks. Each ref is
    /// decided when its command is read.
    pub fn may_write_some_ref(&self, repository: &RepositoryName) -> bool {
        let is_in = |caveat: &Caveat| !matches!(caveat, Caveat::Repositories(set) if !set.holds(repository));
        self.caveats().all(is_in) && self.rights().on(repository).any(|right| self.may_write_under(right))
    }

    fn may_write_under(&self, right: &Right) -> bool {
        let writes = right.actions.iter().copied().filter(|action| action.writes_ref());
        writes.into_iter().any(|action| {
            let is_left = |caveat: &Caveat| !matches!(caveat, Caveat::Actions(actions) if !actions.contains(&action));
            self.caveats().all(is_left) && self.may_write_a_ref(action, right)
        })
    }

    /// Where a caveat names refs one by one, one of them must be in the right and in every other caveat.
    fn may_write_a_ref(&self, action: Action, right: &Right) -> bool {
        let holds = |caveat: &Caveat, name: &RefName| match caveat {
            Caveat::Refs { refs, besides } => besides.contains(&action) || refs.holds(name),
            _ => true,
        };
        self.caveats().all(|caveat| match caveat {
            Caveat::Refs { refs: Names::Exact(names), besides } if !besides.contains(&action) => {
                names.iter().any(|name| right.refs.matches(name) && self.caveats().all(|other| holds(other, name)))
            }
            _ => true,
        })
    }
}
