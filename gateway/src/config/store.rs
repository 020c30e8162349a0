//! `[store]`: what the gateway remembers.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    secret::SecretSource,
    spelling::{Spelled, Spelling, spelled},
};

/// Where state is kept, and the key its secrets are sealed with.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// The store.
    #[serde(deserialize_with = "spelled")]
    #[schemars(with = "Spelled<StoreUrl>", extend("default" = "sqlite://spanner.db"))]
    pub url: StoreUrl,
    /// Seals secrets at rest; a file is created 0600 on the first start of an embedded store.
    #[schemars(extend("default" = { "file": "sealing.key" }))]
    pub sealing_key: SecretSource,
}

/// A kind of store and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// An embedded database, with one owner.
    Sqlite(PathBuf),
}

impl Spelling for StoreUrl {
    const KIND: &'static str = "the url of a store";
    const SHAPE: &'static str = "`sqlite://` and a file, `sqlite://spanner.db`";

    fn read(text: &str) -> Option<Self> {
        let path = text.strip_prefix("sqlite://").filter(|path| !path.is_empty() && !path.contains(['?', '#']))?;
        Some(Self::Sqlite(path.into()))
    }
}

impl Default for Store {
    fn default() -> Self {
        Self { url: StoreUrl::Sqlite("spanner.db".into()), sealing_key: SecretSource::File("sealing.key".into()) }
    }
}

impl Store {
    pub(super) fn resolve(&mut self, directory: &Path) {
        let StoreUrl::Sqlite(path) = &mut self.url;
        *path = directory.join(&*path);
        self.sealing_key.resolve(directory);
    }
}
