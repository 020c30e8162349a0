//! `[upstream]`: the Gogs behind the gateway.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};
use url::Url;

use super::{
    error::Complaint,
    secret::SecretSource,
    spelling::{Spelled, spelled},
};
use crate::upstream::version::{NotAVersion, Version};

/// Gogs takes user names of at most 35 characters; an agent needs some of them for its own name.
const PREFIX_MAX: usize = 20;

/// The Gogs behind the gateway.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Where Gogs answers, best on loopback.
    #[serde(deserialize_with = "spelled")]
    #[schemars(with = "Spelled<Url>")]
    pub url: Url,
    /// A token of a Gogs site admin, used to make accounts and collaborators and for nothing else.
    pub admin_token: SecretSource,
    /// What an agent's account in Gogs begins with.
    #[serde(default = "account_prefix", deserialize_with = "prefix")]
    pub account_prefix: String,
    /// Gogs's own object store, read-only, where it is on this machine.
    #[serde(default)]
    pub repositories: Option<PathBuf>,
    /// Which Gogs it is, where its pages do not tell: a build of one's own. Uploads of LFS objects need 0.14.3.
    #[serde(default, deserialize_with = "version")]
    #[schemars(with = "Option<String>")]
    pub version: Option<Version>,
}

impl Upstream {
    pub(super) fn resolve(&mut self, directory: &Path) {
        self.admin_token.resolve(directory);
        self.repositories = self.repositories.take().map(|path| directory.join(path));
    }
}

fn account_prefix() -> String {
    "agent-".to_owned()
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Version>, D::Error> {
    let version = String::deserialize(deserializer)?;
    let complaint = |error: NotAVersion| D::Error::custom(Complaint::new("this is not a version", error.to_string()));
    version.parse().map(Some).map_err(complaint)
}

fn prefix<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let prefix = String::deserialize(deserializer)?;
    let is_plain = prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !is_plain || prefix.starts_with('-') || !(1..=PREFIX_MAX).contains(&prefix.len()) {
        let mend =
            format!("write 1 to {PREFIX_MAX} lower-case letters, digits and `-`, a letter or digit first: `agent-`");
        return Err(D::Error::custom(Complaint::new("this is not the beginning of an account's name", mend)));
    }
    Ok(prefix)
}
