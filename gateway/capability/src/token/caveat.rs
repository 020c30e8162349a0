//! The closed list of what a block after the first may demand. A caveat only ever forbids.

use std::{collections::BTreeSet, fmt, net::IpAddr, str::FromStr};

use biscuit_auth::builder::{Check, CheckKind};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    clause::{Clause, Subject, Test},
    names::{Names, PathPrefix, Prefix, RefSet, RepositorySet},
};
use crate::{
    actions::Actions,
    effect::{Effect, Resource, Touch},
};

/// A condition a holder put on its own token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caveat {
    /// Until then, in whole seconds.
    Expires(Timestamp),
    /// Only these actions.
    Actions(Actions),
    /// Only on these repositories; what concerns no repository is refused.
    Repositories(RepositorySet),
    /// Only on these refs.
    Refs {
        /// The refs.
        refs: RefSet,
        /// The actions that stay allowed although they are on no ref.
        besides: Actions,
    },
    /// Only in paths below a prefix, each of them.
    Paths {
        /// Where they lie.
        prefix: PathPrefix,
        /// The actions that stay allowed although their paths are not known.
        besides: Actions,
    },
    /// Only from these addresses.
    Clients(BTreeSet<IpAddr>),
}

/// The facts of a decision that are not of the effect itself.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// Now, or when the operation was admitted.
    pub time: Timestamp,
    /// This gateway, as tokens name it.
    pub service: &'a str,
    /// Who calls, where that can be believed.
    pub client: Option<IpAddr>,
}

impl Caveat {
    /// Whether the effect may pass: the typed twin of the Datalog that decides, for naming what refused and for tests.
    pub fn permits(&self, effect: &Effect, circumstances: &Circumstances<'_>) -> bool {
        match self {
            Self::Expires(end) => circumstances.time.as_second() <= end.as_second(),
            Self::Actions(actions) => actions.contains(&effect.action),
            Self::Repositories(set) => match &effect.resource {
                Resource::Repository(name) => set.holds(name),
                Resource::Listing => set.example().is_some(),
                Resource::Unbound | Resource::Spanner => false,
            },
            Self::Refs { refs, besides } => {
                besides.contains(&effect.action) || effect.ruled_reference().is_some_and(|name| refs.holds(name))
            }
            Self::Paths { prefix, besides } => {
                let is_below = |touches: &[Touch]| touches.iter().all(|touch| is_under(prefix, touch));
                besides.contains(&effect.action) || effect.paths.known().is_some_and(is_below)
            }
            Self::Clients(addresses) => {
                circumstances.client.is_some_and(|client| addresses.contains(&client.to_canonical()))
            }
        }
    }

    /// What the effect touches outside a caveat on paths.
    pub fn beyond<'a>(&self, effect: &'a Effect) -> Vec<&'a Touch> {
        match self {
            Self::Paths { prefix, besides } if !besides.contains(&effect.action) => {
                effect.paths.known().unwrap_or_default().iter().filter(|touch| !is_under(prefix, touch)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether the paths of such an effect must be known to decide.
    pub fn speaks_of_paths(&self, effect: &Effect) -> bool {
        matches!(self, Self::Paths { besides, .. } if !besides.contains(&effect.action))
    }

    /// The check of the closed list that says it.
    pub(super) fn to_check(&self) -> Check {
        Check { queries: self.clauses().iter().map(Clause::to_rule).collect(), kind: self.kind() }
    }

    /// Reads a check that is, token for token, one of the closed list.
    pub(super) fn read(check: &Check) -> Option<Self> {
        let clauses: Vec<_> = check.queries.iter().map(Clause::read).collect::<Option<_>>()?;
        let caveat = match &*clauses {
            [one] => Self::of_one(one)?,
            [one, besides] => Self::of_two(one, besides)?,
            _ => return None,
        };
        // A value may have another spelling that parses the same, as `ACME/web` does.
        (caveat.kind() == check.kind && caveat.clauses() == clauses).then_some(caveat)
    }

    fn of_one(clause: &Clause) -> Option<Self> {
        match (clause.subject, &clause.test) {
            (Subject::Time, Test::AtMost(end)) => Some(Self::Expires(timestamp(*end)?)),
            (Subject::Operation, Test::Among(actions)) => Some(Self::Actions(parse_all(actions)?)),
            (Subject::Resource, test) => Some(Self::Repositories(parse_names(test)?)),
            (Subject::ClientIp, Test::Among(addresses)) => Some(Self::Clients(parse_all(addresses)?)),
            _ => None,
        }
    }

    fn of_two(clause: &Clause, besides: &Clause) -> Option<Self> {
        let (Subject::Operation, Test::Among(besides)) = (besides.subject, &besides.test) else { return None };
        let besides = parse_all(besides)?;
        match (clause.subject, &clause.test) {
            (Subject::Ref, test) => Some(Self::Refs { refs: parse_names(test)?, besides }),
            (Subject::Path, Test::Under(prefix)) => Some(Self::Paths { prefix: Prefix::parse(prefix).ok()?, besides }),
            _ => None,
        }
    }

    fn clauses(&self) -> Vec<Clause> {
        match self {
            Self::Expires(end) => vec![Clause { subject: Subject::Time, test: Test::AtMost(seconds(*end)) }],
            Self::Actions(actions) => vec![Clause::among(Subject::Operation, actions)],
            Self::Repositories(set) => vec![names(Subject::Resource, set)],
            Self::Refs { refs, besides } => vec![names(Subject::Ref, refs), Clause::among(Subject::Operation, besides)],
            Self::Paths { prefix, besides } => {
                vec![Clause::under(Subject::Path, prefix.as_str()), Clause::among(Subject::Operation, besides)]
            }
            Self::Clients(addresses) => vec![Clause::among(Subject::ClientIp, addresses)],
        }
    }

    /// `check if` passes as soon as one path is inside, hence `check all` for paths.
    const fn kind(&self) -> CheckKind {
        if matches!(self, Self::Paths { .. }) { CheckKind::All } else { CheckKind::One }
    }
}

/// The text of design §5, for people; it is never parsed.
impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let besides = |actions: &Actions| format!(" or operation($o), {}.contains($o)", braces(actions));
        match self {
            Self::Expires(end) => write!(f, "check if time($t), $t <= {end}"),
            Self::Actions(actions) => write!(f, "check if operation($o), {}.contains($o)", braces(actions)),
            Self::Repositories(set) => write!(f, "check if resource($r), {}", within("$r", set)),
            Self::Refs { refs, besides: others } => {
                write!(f, "check if ref($f), {}{}", within("$f", refs), besides(others))
            }
            Self::Paths { prefix, besides: others } => {
                write!(f, "check all path($p), $p.starts_with({:?}){}", prefix.as_str(), besides(others))
            }
            Self::Clients(addresses) => write!(f, "check if client_ip($c), {}.contains($c)", braces(addresses)),
        }
    }
}

fn is_under(prefix: &PathPrefix, touch: &Touch) -> bool {
    touch.path().is_some_and(|path| prefix.holds(path))
}

fn within<N: fmt::Display>(variable: &str, names: &Names<N>) -> String {
    match names {
        Names::Exact(names) => format!("{}.contains({variable})", braces(names)),
        Names::Under(prefix) => format!("{variable}.starts_with({:?})", prefix.as_str()),
    }
}

fn braces<T: fmt::Display>(values: impl IntoIterator<Item = T>) -> String {
    let quoted: Vec<_> = values.into_iter().map(|value| format!("{:?}", value.to_string())).collect();
    format!("{{{}}}", quoted.join(", "))
}

fn names<N: Ord + fmt::Display>(subject: Subject, names: &Names<N>) -> Clause {
    match names {
        Names::Exact(names) => Clause::among(subject, names),
        Names::Under(prefix) => Clause::under(subject, prefix.as_str()),
    }
}

fn parse_names<N: Ord + FromStr + AsRef<str>>(test: &Test) -> Option<Names<N>> {
    match test {
        Test::Among(names) => parse_all(names).map(Names::Exact),
        Test::Under(prefix) => Prefix::parse(prefix).ok().map(Names::Under),
        Test::AtMost(_) => None,
    }
}

fn parse_all<T: Ord + FromStr>(texts: &BTreeSet<String>) -> Option<BTreeSet<T>> {
    texts.iter().map(|text| text.parse().ok()).collect()
}

/// Dates of a token are whole seconds; one before 1970 cannot be written and has passed anyway.
pub(super) fn seconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_second()).unwrap_or(0)
}

pub(super) fn timestamp(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}
