//! Where a gateway is. A proof is made for an origin and sent to that origin only.

use std::{fmt, str::FromStr};

use url::{Host, Url};

/// Below it stands everything that is the gateway's own.
const TOKEN_ENDPOINT: &str = "/-/spanner/oauth/token";
/// Where a gateway describes itself (RFC 9728 §3).
const METADATA: &str = "/.well-known/oauth-protected-resource";

/// The text is not where a gateway can be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not a URL at all.
    #[error("the gateway's address is not a URL")]
    NotUrl,
    /// More than scheme, host and port.
    #[error("the gateway's address is scheme, host and port, nothing more")]
    NotOrigin,
    /// A proof would travel readable.
    #[error("the gateway's address must be https; plain http is for this machine only")]
    Plain,
}

/// Scheme, host and port of a gateway, as its `public_url` says them.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin(Url);

impl Origin {
    /// Parses `https://agents.example.com`; a final slash is forgiven.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError::NotUrl)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() {
            return Err(OriginError::NotOrigin);
        }
        match url.scheme() {
            "http" | "https" if is_private(&url) => Ok(Self(url)),
            "http" => Err(OriginError::Plain),
            _ => Err(OriginError::NotUrl),
        }
    }

    /// Where a proof is exchanged; always on this origin, whatever any metadata says.
    pub(crate) fn token_endpoint(&self) -> Url {
        self.at(TOKEN_ENDPOINT, None)
    }

    /// Where it describes itself, and what its challenges name as `resource_metadata`.
    pub fn metadata(&self) -> Url {
        self.at(METADATA, None)
    }

    /// A path of this origin; no text of it can make it another.
    pub(crate) fn at(&self, path: &str, query: Option<&str>) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url.set_query(query);
        url
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Whether what is sent there is readable on this machine only, or nowhere.
pub(crate) fn is_private(url: &Url) -> bool {
    url.scheme() == "https" || url.scheme() == "http" && is_loopback(url)
}

/// An address, or the one name. That what is below `localhost` is this machine too is asked of resolvers (RFC 6761 §6.3), and not
/// every one does it: some ask the network, which may answer anything.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_reads_as_the_audience_of_a_proof() {
        for (text, audience) in [
            ("https://agents.example.com", "https://agents.example.com"),
            ("https://Agents.Example.com:443/", "https://agents.example.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(Origin::parse(text).expect(text).to_string(), audience);
        }
    }

    #[test]
    fn more_than_an_origin_is_refused() {
        for text in ["https://a.example/x", "https://a.example?x", "https://a.example#x", "https://u:p@a.example"] {
            assert_eq!(Origin::parse(text), Err(OriginError::NotOrigin), "{text}");
        }
        for text in ["agents.example.com", "file:///", ""] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn plain_http_is_taken_on_this_machine_only() {
        assert_eq!(Origin::parse("http://agents.example.com"), Err(OriginError::Plain));
        assert_eq!(Origin::parse("http://10.0.0.7:8080"), Err(OriginError::Plain));
        assert!(Origin::parse("http://localhost:8080").is_ok());
        for name in ["gateway.localhost", "localhost.", "localhost.example.com"] {
            assert_eq!(Origin::parse(&format!("http://{name}:8080")), Err(OriginError::Plain), "{name}");
        }
    }
}
