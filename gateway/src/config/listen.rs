//! `[listen]`: the door automations use.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use url::{Host, Url};

use super::spelling::{Spelled, Spelling, spelled, spelled_each};

/// The public listener.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// The address to listen on.
    #[serde(default = "address", deserialize_with = "spelled")]
    #[schemars(with = "Spelled<SocketAddr>")]
    pub address: SocketAddr,
    /// The origin automations see; the audience of every token.
    #[serde(deserialize_with = "spelled")]
    #[schemars(with = "Spelled<PublicUrl>")]
    pub public_url: PublicUrl,
    /// Peers whose `X-Forwarded-For` is believed; none by default.
    #[serde(default, deserialize_with = "spelled_each")]
    #[schemars(with = "Vec<Spelled<IpNet>>")]
    pub trusted_proxies: Vec<IpNet>,
    /// The certificate to serve; without one the listener speaks plain HTTP.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// How long a stopping gateway lets running requests finish.
    #[serde(default = "drain", deserialize_with = "spelled")]
    #[schemars(with = "Spelled<SignedDuration>", extend("default" = "30s"))]
    pub drain: SignedDuration,
}

/// A certificate and its key, both PEM.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// An origin: scheme, host and port, in the one spelling every token's audience is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The origin, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is sent there is readable on this machine alone, or nowhere.
    pub fn is_private(&self) -> bool {
        self.as_str().starts_with("https://") || self.loopback_port().is_some()
    }

    /// Its port, where it is this machine's own.
    pub fn loopback_port(&self) -> Option<u16> {
        let url = Url::parse(self.as_str()).ok()?;
        let is_here = match url.host()? {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(name) => name == "localhost",
        };
        is_here.then(|| url.port_or_known_default()).flatten()
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Spelling for PublicUrl {
    const KIND: &'static str = "a public url";
    const SHAPE: &'static str = "scheme, host and port only, in lower case, without the scheme's own port and without a slash \
                                 at the end: `https://agents.example.com`";

    fn read(text: &str) -> Option<Self> {
        let origin = Url::read(text)?.origin().ascii_serialization();
        (origin == text).then_some(Self(origin))
    }
}

impl Listen {
    pub(super) fn resolve(&mut self, directory: &Path) {
        if let Some(tls) = &mut self.tls {
            tls.certificate = directory.join(&tls.certificate);
            tls.key = directory.join(&tls.key);
        }
    }
}

fn address() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 8080).into()
}

const fn drain() -> SignedDuration {
    SignedDuration::from_secs(30)
}
