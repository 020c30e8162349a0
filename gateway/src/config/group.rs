//! `[[group]]`: people, and what they may lend.

use std::{borrow::Cow, fmt, ops::Range};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use toml::Spanned;

use super::{agent::Grant, error::Complaint, spelling::Written};

const SHAPE: &str = "a list of e-mail addresses and subjects, or `{ claim = \"groups\", any = [\"…\"] }`";

/// People of the issuer of `[people]`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The name that `lend_to` uses.
    pub name: Written<String>,
    /// Who is in it.
    pub members: Members,
    /// The most that an agent may do on behalf of one of them, where that is to be less than the agent's own grants.
    #[serde(default)]
    pub lends: Option<Vec<Grant>>,
}

/// Who is in a group, and where that is written.
#[derive(Debug, Clone)]
pub struct Members {
    written: WrittenMembers,
    span: Range<usize>,
}

/// Who is in a group, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WrittenMembers {
    /// Those of these e-mail addresses, if the issuer says that it verified them, and of these subjects.
    Named(Vec<String>),
    /// Those whose claim says one of these, as of their last sign-in.
    Claiming {
        /// The claim.
        claim: String,
        /// What it says.
        any: Vec<String>,
    },
}

impl Members {
    /// Who.
    pub const fn written(&self) -> &WrittenMembers {
        &self.written
    }

    /// Where it stands, in bytes.
    pub const fn span(&self) -> &Range<usize> {
        &self.span
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<WrittenMembers>::deserialize(deserializer)?;
        Ok(Self { span: spanned.span(), written: spanned.into_inner() })
    }
}

impl<'de> Deserialize<'de> for WrittenMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = WrittenMembers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHAPE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<WrittenMembers, A::Error> {
        let mut named = Vec::new();
        while let Some(name) = list.next_element()? {
            named.push(name);
        }
        Ok(WrittenMembers::Named(named))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WrittenMembers, A::Error> {
        let wrong =
            || A::Error::custom(Complaint::new("this does not say who is in the group", format!("write {SHAPE}")));
        let (mut claim, mut any) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "claim" => claim = Some(map.next_value()?),
                "any" => any = Some(map.next_value()?),
                _ => return Err(wrong()),
            }
        }
        match (claim, any) {
            (Some(claim), Some(any)) => Ok(WrittenMembers::Claiming { claim, any }),
            _ => Err(wrong()),
        }
    }
}

impl JsonSchema for Members {
    fn schema_name() -> Cow<'static, str> {
        "Members".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": format!("Who is in it: {SHAPE}."),
            "oneOf": [
                { "type": "array", "items": { "type": "string" } },
                {
                    "type": "object",
                    "properties": { "claim": { "type": "string" }, "any": { "type": "array", "items": { "type": "string" } } },
                    "required": ["claim", "any"], "additionalProperties": false
                },
            ]
        })
    }
}
