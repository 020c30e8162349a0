//! A right as it is shown.

use gogs_spanner_capability::{Action, EffectiveRight, Limit, Pattern, Patterns, RefName};
use schemars::JsonSchema;
use serde::Serialize;

/// A right that is left.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Right {
    /// What may be done, with what follows from it (`repository:read`, `lfs:write`).
    actions: Vec<String>,
    /// In repositories of these patterns.
    repositories: Vec<String>,
    /// On refs of these; limits `ref:*`, `lfs:write` and `contents:read`.
    refs: Vec<String>,
    /// In paths of these; limits `ref:*` and `contents:read`.
    paths: Vec<String>,
    /// Refs that may be merged whatever their paths.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    merge_from: Vec<String>,
    /// Further limits, each of which must hold as well; there where patterns overlap and neither lies within the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    within: Vec<Within>,
}

/// A further limit. A member that is left out limits nothing.
#[derive(Debug, Serialize, JsonSchema)]
struct Within {
    /// The repository is of one of these patterns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    repositories: Vec<String>,
    /// The ref is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refs: Vec<String>,
    /// Each path is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    paths: Vec<String>,
    /// Or comes by a merge of one of these refs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    merge_from: Vec<String>,
}

impl From<EffectiveRight> for Right {
    fn from(right: EffectiveRight) -> Self {
        Self {
            actions: right.actions.iter().map(Action::to_string).collect(),
            repositories: texts(&right.repositories),
            refs: texts(&right.refs),
            paths: texts(&right.paths),
            merge_from: right.merge_from.iter().map(RefName::to_string).collect(),
            within: right.within.into_iter().map(Within::from).collect(),
        }
    }
}

impl From<Limit> for Within {
    fn from(limit: Limit) -> Self {
        Self {
            repositories: limit.repositories.as_ref().map(texts).unwrap_or_default(),
            refs: limit.refs.as_ref().map(texts).unwrap_or_default(),
            paths: limit.paths.as_ref().map(texts).unwrap_or_default(),
            merge_from: limit.merge_from.iter().map(RefName::to_string).collect(),
        }
    }
}

fn texts<P: Pattern>(patterns: &Patterns<P>) -> Vec<String> {
    patterns.iter().map(P::to_string).collect()
}
