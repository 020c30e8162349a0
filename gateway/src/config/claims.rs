//! `claims` of a trust rule: each claim with a condition, both as written.

use std::{borrow::Cow, collections::BTreeMap, fmt, ops::Range};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use toml::Spanned;

use super::error::Complaint;

const SHAPE: &str = "a text (with `*` as a glob), a whole number, true or false, or `{ any = [\"…\"] }`";

/// The conditions of one trust rule, by claim.
#[derive(Debug, Clone)]
pub struct Claims {
    conditions: BTreeMap<String, WrittenCondition>,
    span: Range<usize>,
}

/// What one claim must say, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrittenCondition {
    /// Exactly this, or a glob where it has a `*`.
    Text(String),
    /// Exactly this number.
    Number(i64),
    /// Exactly this truth value.
    Bool(bool),
    /// One of these.
    Any(Vec<String>),
}

impl Claims {
    /// The conditions, by claim.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &WrittenCondition)> {
        self.conditions.iter().map(|(claim, condition)| (claim.as_str(), condition))
    }

    /// Where they stand, in bytes.
    pub const fn span(&self) -> &Range<usize> {
        &self.span
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<BTreeMap<String, WrittenCondition>>::deserialize(deserializer)?;
        Ok(Self { span: spanned.span(), conditions: spanned.into_inner() })
    }
}

impl<'de> Deserialize<'de> for WrittenCondition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ConditionVisitor)
    }
}

struct ConditionVisitor;

impl<'de> Visitor<'de> for ConditionVisitor {
    type Value = WrittenCondition;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHAPE)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<WrittenCondition, E> {
        Ok(WrittenCondition::Text(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<WrittenCondition, E> {
        Ok(WrittenCondition::Number(number))
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<WrittenCondition, E> {
        Ok(WrittenCondition::Bool(truth))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WrittenCondition, A::Error> {
        let wrong = || A::Error::custom(Complaint::new("this is not a condition", format!("write {SHAPE}")));
        let (key, values) = map.next_entry::<String, Vec<String>>()?.ok_or_else(wrong)?;
        let is_alone = key == "any" && map.next_key::<String>()?.is_none();
        if is_alone { Ok(WrittenCondition::Any(values)) } else { Err(wrong()) }
    }
}

impl JsonSchema for Claims {
    fn schema_name() -> Cow<'static, str> {
        "Claims".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": format!("Each claim with {SHAPE}."),
            "additionalProperties": {
                "oneOf": [
                    { "type": ["string", "integer", "boolean"] },
                    {
                        "type": "object",
                        "properties": { "any": { "type": "array", "items": { "type": "string" } } },
                        "required": ["any"], "additionalProperties": false
                    },
                ]
            }
        })
    }
}
