//! `[[issuer]]`: who signs the proofs agents come with.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::{
    PublicUrl,
    spelling::{Spelling, Written},
};

/// An OpenID Connect issuer whose ID tokens are taken as proofs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// The name trust rules use.
    pub name: Written<String>,
    /// Its issuer identifier, exactly as its tokens say in `iss`.
    pub url: Written<IssuerUrl>,
    /// The audience its tokens must be made for; `public_url` unless written.
    #[serde(default)]
    pub audience: Option<String>,
}

impl Issuer {
    /// What a proof of it must be made for.
    pub fn audience<'a>(&'a self, public_url: &'a PublicUrl) -> &'a str {
        self.audience.as_deref().unwrap_or(public_url.as_str())
    }
}

/// An issuer identifier: a URL, and the very text of it, because `iss` is compared as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerUrl {
    text: String,
    url: Url,
}

impl IssuerUrl {
    /// The text `iss` must equal.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same as a URL, for discovery.
    pub const fn url(&self) -> &Url {
        &self.url
    }
}

impl Spelling for IssuerUrl {
    const KIND: &'static str = "an issuer's url";
    const SHAPE: &'static str = <Url as Spelling>::SHAPE;

    fn read(text: &str) -> Option<Self> {
        Url::read(text).map(|url| Self { text: text.to_owned(), url })
    }
}
