//! `keys` of an agent: the public half in the line itself, or a file that holds it.

use std::{
    borrow::Cow,
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use toml::Spanned;

use super::error::{Complaint, plainly};

const SHAPE: &str = "an OpenSSH line or PEM of an Ed25519 public key, or `{ file = \"…\" }` that holds one";

/// Where a public key is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// In the configuration itself.
    Inline(String),
    /// In a file.
    File(PathBuf),
}

/// A key's source and where that is written.
#[derive(Debug, Clone)]
pub struct WrittenKey {
    source: KeySource,
    span: Range<usize>,
}

impl WrittenKey {
    /// Where it stands, in bytes.
    pub const fn span(&self) -> &Range<usize> {
        &self.span
    }

    /// The text of the key.
    pub fn text(&self) -> Result<Cow<'_, str>, Complaint> {
        match &self.source {
            KeySource::Inline(text) => Ok(text.into()),
            KeySource::File(path) => std::fs::read_to_string(path).map(Cow::from).map_err(|error| {
                let what = format!("the key's file cannot be read: {}", plainly(&error));
                Complaint::new(what, "check the path, which is relative to this configuration")
            }),
        }
    }

    pub(super) fn resolve(&mut self, directory: &Path) {
        if let KeySource::File(path) = &mut self.source {
            *path = directory.join(&*path);
        }
    }
}

impl<'de> Deserialize<'de> for WrittenKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<KeySource>::deserialize(deserializer)?;
        Ok(Self { span: spanned.span(), source: spanned.into_inner() })
    }
}

impl<'de> Deserialize<'de> for KeySource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = KeySource;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHAPE)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<KeySource, E> {
        Ok(KeySource::Inline(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<KeySource, A::Error> {
        let wrong = || A::Error::custom(Complaint::new("this is not a key", format!("write {SHAPE}")));
        let (key, path) = map.next_entry::<String, PathBuf>()?.ok_or_else(wrong)?;
        let is_alone = key == "file" && map.next_key::<String>()?.is_none();
        if is_alone { Ok(KeySource::File(path)) } else { Err(wrong()) }
    }
}

impl JsonSchema for WrittenKey {
    fn schema_name() -> Cow<'static, str> {
        "Key".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": SHAPE,
            "oneOf": [
                { "type": "string" },
                {
                    "type": "object", "properties": { "file": { "type": "string" } },
                    "required": ["file"], "additionalProperties": false
                },
            ]
        })
    }
}
