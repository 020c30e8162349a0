//! How values are spelled as text: one trait, one place where a wrong spelling becomes a complaint.

use std::{
    borrow::Cow,
    fmt,
    marker::PhantomData,
    net::SocketAddr,
    ops::{Deref, Range},
};

use gogs_spanner_capability::{Action, AgentName, PathPattern, RefName, RefPattern, RepositoryPattern};
use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};
use toml::Spanned;
use url::Url;

use super::error::Complaint;

/// A value that is written as one text.
pub trait Spelling: Sized {
    /// What the text is: "a duration".
    const KIND: &'static str;
    /// How it is written, for the mend, the schema and the reference.
    const SHAPE: &'static str;

    /// Reads the text; the answer to a wrong one is [`SHAPE`](Self::SHAPE).
    fn read(text: &str) -> Option<Self>;
}

/// Reads a field by its spelling: `#[serde(deserialize_with = "spelled")]`.
pub(super) fn spelled<'de, T: Spelling, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_str(SpellingVisitor(PhantomData))
}

/// Reads a field that may be left out by its spelling.
pub(super) fn spelled_if_there<'de, T: Spelling, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    spelled(deserializer).map(Some)
}

/// Reads a list of such values.
pub(super) fn spelled_each<'de, T: Spelling, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let each = Vec::<Written<T>>::deserialize(deserializer)?;
    Ok(each.into_iter().map(Written::into_inner).collect())
}

struct SpellingVisitor<T>(PhantomData<T>);

impl<T: Spelling> Visitor<'_> for SpellingVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::SHAPE)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::read(text)
            .ok_or_else(|| E::custom(Complaint::new(format!("this is not {}", T::KIND), format!("write {}", T::SHAPE))))
    }
}

/// A value together with where it is written, for complaints that need more than the value alone.
#[derive(Clone)]
pub struct Written<T> {
    value: T,
    span: Range<usize>,
}

impl<T> Written<T> {
    /// Where it stands, in bytes.
    pub const fn span(&self) -> &Range<usize> {
        &self.span
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> Deref for Written<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Two are equal wherever they stand.
impl<T: PartialEq> PartialEq for Written<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Written<T> {}

impl<T: fmt::Debug> fmt::Debug for Written<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<'de, T: Spelling> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Spelled<T>>::deserialize(deserializer)?;
        Ok(Self { span: spanned.span(), value: spanned.into_inner().0 })
    }
}

impl<T: Spelling> JsonSchema for Written<T> {
    fn schema_name() -> Cow<'static, str> {
        Spelled::<T>::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Spelled::<T>::json_schema(generator)
    }
}

/// The value without its place; also the schema of a plain field that is read by [`spelled`].
pub(super) struct Spelled<T>(T);

impl<'de, T: Spelling> Deserialize<'de> for Spelled<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        spelled(deserializer).map(Self)
    }
}

impl<T: Spelling> JsonSchema for Spelled<T> {
    fn schema_name() -> Cow<'static, str> {
        T::KIND.into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": T::SHAPE })
    }
}

/// Gives types their [`Spelling`].
macro_rules! spellings {
    ($($type:ty: $kind:literal, $shape:literal, $read:expr;)*) => {
        $(impl Spelling for $type {
            const KIND: &'static str = $kind;
            const SHAPE: &'static str = $shape;

            fn read(text: &str) -> Option<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                read(text)
            }
        })*
    };
}

spellings! {
    String: "a text", "a text that is not empty", |text| (!text.is_empty()).then(|| text.to_owned());
    SocketAddr: "an address", "an address and a port, `127.0.0.1:8080`", |text| text.parse().ok();
    IpNet: "a network", "an address or a network, `10.0.0.0/8`", |text| {
        text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
    };
    Url: "a url", "an http or https url without user, password, query or fragment, `https://idp.example.com`", plain_url;
    AgentName: "an agent's name", "lower-case letters, digits and `-`, at most 35, `ci-web`", |text| text.parse().ok();
    Action: "an action", "an action of `spanner config reference`, `contents:read`; there is no wildcard, and what is implied is not written", |text| {
        text.parse().ok().filter(|action: &Action| !action.is_implied())
    };
    RepositoryPattern: "a pattern of repositories", "`owner/name`, with `*` within a part, or `**` for all, `acme/site-*`", |text| text.parse().ok();
    RefName: "a ref", "a full ref, `refs/heads/main`", |text| text.parse().ok();
    RefPattern: "a pattern of refs", "a full ref with `*` within a segment and `**` across segments, `refs/heads/agents/**`", |text| text.parse().ok();
    PathPattern: "a pattern of paths", "a relative path with `*` within a segment and `**` across segments, `docs/**`", |text| text.parse().ok();
}

/// A URL with nothing in it that could be a secret or be lost when a path is appended.
fn plain_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_bare =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    (is_web && is_bare).then_some(url)
}
