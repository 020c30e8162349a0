//! Where a secret is read from. A secret never stands in the configuration itself.

use std::{
    borrow::Cow,
    fmt, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::SecretString;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use super::error::{Complaint, ConfigError, plainly};

const SHAPE: &str = "`{ file = \"…\" }` or `{ env = \"…\" }`";

/// A place a secret is kept at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A file, whose one trailing line break does not count.
    File(PathBuf),
    /// An environment variable.
    Env(String),
}

impl SecretSource {
    /// Reads the secret.
    pub fn read(&self) -> Result<SecretString, ConfigError> {
        match self {
            Self::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
                not_empty(text.trim_end_matches(['\r', '\n']), path)
            }
            Self::Env(name) => not_empty(&std::env::var(name).unwrap_or_default(), Path::new(&format!("${name}"))),
        }
    }

    pub(super) fn resolve(&mut self, directory: &Path) {
        if let Self::File(path) = self {
            *path = directory.join(&*path);
        }
    }
}

/// Whether anybody but its owner may read or change a file.
pub fn is_open_to_others(file: &Path) -> io::Result<bool> {
    Ok(std::fs::metadata(file)?.permissions().mode() & 0o077 != 0)
}

fn unreadable(file: &Path, error: &io::Error) -> ConfigError {
    let mend = "put the secret there, and nothing else, for the user this runs as alone (0600)";
    ConfigError::of_file(file, Complaint::new(format!("the secret cannot be read: {}", plainly(error)), mend))
}

fn not_empty(text: &str, from: &Path) -> Result<SecretString, ConfigError> {
    if text.is_empty() {
        return Err(ConfigError::of_file(
            from,
            Complaint::new("holds no secret", "put the secret there, and nothing else"),
        ));
    }
    Ok(text.into())
}

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

struct SecretVisitor;

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = SecretSource;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHAPE)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<SecretSource, E> {
        Err(E::custom(Complaint::new(
            "a secret stands in the configuration itself",
            format!(
                "put it into a file of its own (0600), write {SHAPE} here, and replace the secret: it has been seen"
            ),
        )))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretSource, A::Error> {
        let wrong = || A::Error::custom(Complaint::new("a secret has one source", format!("write {SHAPE}")));
        let (key, value) = map.next_entry::<String, String>()?.ok_or_else(wrong)?;
        let source = match key.as_str() {
            "file" => SecretSource::File(value.into()),
            "env" => SecretSource::Env(value),
            _ => return Err(wrong()),
        };
        if map.next_key::<String>()?.is_some() { Err(wrong()) } else { Ok(source) }
    }
}

impl JsonSchema for SecretSource {
    fn schema_name() -> Cow<'static, str> {
        "SecretSource".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let source = |key: &str| {
            json_schema!({
                "type": "object", "properties": { key: { "type": "string" } }, "required": [key], "additionalProperties": false
            })
        };
        json_schema!({ "description": SHAPE, "oneOf": [source("file"), source("env")] })
    }
}
