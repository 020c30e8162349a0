//! `[git]`: room for pushes that must be looked into, and for large objects.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    quantity::Size,
    spelling::{Spelled, spelled},
};

/// Room for pushes that must be looked into before they may pass, and for large objects.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Git {
    /// The directory of spooled pushes and mirrors.
    pub spool: PathBuf,
    /// The most all of it together may take.
    #[serde(deserialize_with = "spelled")]
    #[schemars(with = "Spelled<Size>", extend("default" = "20GiB"))]
    pub quota: Size,
    /// The largest Git LFS object an agent may upload.
    #[serde(deserialize_with = "spelled")]
    #[schemars(with = "Spelled<Size>", extend("default" = "5GiB"))]
    pub largest_object: Size,
}

impl Default for Git {
    fn default() -> Self {
        Self { spool: "spool".into(), quota: Size(20 << 30), largest_object: Size(5 << 30) }
    }
}

impl Git {
    pub(super) fn resolve(&mut self, directory: &Path) {
        self.spool = directory.join(&self.spool);
    }
}
