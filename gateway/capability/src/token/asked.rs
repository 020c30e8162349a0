//! A narrowing in the words of a request (`authorization_details`, RFC 9396), so that the token endpoint and whoever
//! narrows offline come to the same caveats.

use std::{collections::BTreeSet, str::FromStr};

use super::{
    attenuate::Narrowing,
    names::{Names, Prefix},
};
use crate::{
    actions::{Action, Actions},
    pattern::{Pattern, Patterns},
    right::{Request, Rights},
};

/// What is asked for cannot be said exactly by a caveat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a narrower token takes names, or one pattern that ends in /**; paths the latter only")]
pub struct Inexact {
    /// The member's name in `authorization_details`.
    pub member: &'static str,
}

impl Narrowing {
    /// The caveats that say what is asked for, of a token that grants these rights to it.
    ///
    /// A limit on refs or paths leaves the granted actions alone that it does not concern.
    pub fn of(request: &Request, granted: &Rights) -> Result<Self, Inexact> {
        let mut narrowing = Self::new().besides(without_ref(granted));
        if let Some(actions) = &request.actions {
            narrowing = narrowing.actions(actions.iter().copied());
        }
        narrowing = match said("repositories", request.repositories.as_ref(), &["**", "*"])? {
            None => narrowing,
            Some(Names::Exact(names)) => narrowing.repositories(names),
            Some(Names::Under(prefix)) => narrowing.repositories_under(prefix.as_str()),
        };
        narrowing = match said("refs", request.refs.as_ref(), &["**"])? {
            None => narrowing,
            Some(Names::Exact(names)) => narrowing.refs(names),
            Some(Names::Under(prefix)) => narrowing.refs_under(prefix.as_str()),
        };
        match said("paths", request.paths.as_ref(), &["**"])? {
            None => Ok(narrowing),
            Some(Names::Exact(_)) => Err(Inexact { member: "paths" }),
            Some(Names::Under(prefix)) => Ok(narrowing.paths_under(prefix.as_str())),
        }
    }
}

/// The granted actions that a limit on refs or paths does not concern. Reading contents is not among them: a clone reads
/// every ref, as in a right that names refs.
fn without_ref(granted: &Rights) -> Actions {
    let listed = granted.iter().flat_map(|right| &right.actions).copied();
    let unlimited = listed.filter(|action| !action.takes_ref() && *action != Action::ContentsRead);
    unlimited.chain([Action::RepositoryRead]).collect()
}

/// What a member says, where it is names or one pattern that is everything below a prefix; `None` where it is anything.
fn said<P>(
    member: &'static str,
    patterns: Option<&Patterns<P>>,
    everything: &[&str],
) -> Result<Option<Names<P::Name>>, Inexact>
where
    P: Pattern<Name: FromStr + AsRef<str> + Ord>,
{
    let Some(patterns) = patterns.filter(|patterns| !patterns.is_any()) else { return Ok(None) };
    let texts: Vec<_> = patterns.iter().map(P::to_string).collect();
    // A path may be called `**`, but that is not what is meant here.
    if !texts.iter().any(|text| text.contains('*'))
        && let Ok(names) = texts.iter().map(|text| text.parse()).collect::<Result<BTreeSet<_>, _>>()
    {
        return Ok(Some(Names::Exact(names)));
    }
    let prefix = match &*texts {
        [one] => everything.iter().find_map(|tail| Prefix::parse(one.strip_suffix(tail)?).ok()),
        _ => None,
    };
    prefix.map(|prefix| Some(Names::Under(prefix))).ok_or(Inexact { member })
}
