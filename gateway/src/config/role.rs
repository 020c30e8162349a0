//! `[[role]]`: a named list of rights, without repositories; a grant adds those.

use gogs_spanner_capability::{Action, PathPattern, RefName, RefPattern};
use schemars::JsonSchema;
use serde::Deserialize;

use super::spelling::Written;

/// A named list of rights.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The name grants use.
    pub name: Written<String>,
    /// What it allows; a union.
    pub rights: Vec<RoleRight>,
}

/// Actions on refs and paths.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleRight {
    /// What may be done.
    pub actions: Vec<Written<Action>>,
    /// On which refs; must be written for `ref:*` actions.
    #[serde(default)]
    pub refs: Option<Vec<Written<RefPattern>>>,
    /// In which paths; all unless written.
    #[serde(default)]
    pub paths: Option<Vec<Written<PathPattern>>>,
    /// Refs that may be merged whatever their paths, beside `paths`: a file that is as it is there passes.
    #[serde(default)]
    pub merge_from: Vec<Written<RefName>>,
}
